"""Wind turbines, N of them: from the wind at ten metres to the power that each could give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.physics.flows import Values
from simulators.weather.sky import Sky


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turbines:
    """N turbines of one type. The curve is ours: a round one of a pitch-controlled machine, no maker's.

    >>> one = Turbines(rated_kw=np.array([2000.0]))
    >>> one.available_kw(Sky(ambient_c=10.0, wind_m_s=12.0)).tolist()
    [2000.0]
    """

    rated_kw: Values
    """(N,)"""
    hub_m: float = 100.0
    shear: float = 0.2
    """Exponent of the wind profile over height; 0.14 over open water to 0.3 over villages. Source: power law,
    IEC 61400-1 uses 0.2 for its normal wind profile."""
    cut_in_m_s: float = 3.0
    rated_m_s: float = 12.0
    cut_out_m_s: float = 25.0

    def hub_m_s(self, sky: Sky) -> float:
        """Return the wind speed at the hub, m/s."""
        return float(sky.wind_m_s * (self.hub_m / 10.0) ** self.shear)

    def available_kw(self, sky: Sky) -> Values:
        """Return what each turbine could give, (N,) kW >= 0.

        Between cut-in and rated speed power follows the third power of the wind, from 0 to the rating.
        """
        wind = self.hub_m_s(sky)
        if not self.cut_in_m_s <= wind < self.cut_out_m_s:
            return np.zeros(len(self.rated_kw))
        low, high = self.cut_in_m_s**3, self.rated_m_s**3
        share = min(1.0, (wind**3 - low) / (high - low))
        given: Values = self.rated_kw * share
        return given

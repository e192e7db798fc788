"""Photovoltaic panels behind inverters, N of them: from a sky to the power that each could give.

The chain of PVWatts: irradiance on the panel's plane, panel temperature, power of the panel, inverter with
its efficiency at part load and its clipping. Sources stand with each function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.physics.flows import Values
from simulators.weather.sky import Sky

_LOWEST_UP: Final = 0.01745
"""Sine of one degree: below it the beam's ratio of tilted to horizontal is not divided further."""
_U0: Final = 25.0
_U1: Final = 6.84
"""Heat loss of a free-standing module, W/(m2 K) and W s/(m3 K). Source: D. Faiman, Progress in Photovoltaics
16 (2008) 307-315."""
_NOMINAL: Final = 0.96
_REFERENCE: Final = 0.9637


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panels:
    """N plants of one fleet; all arrays are (N,) float64."""

    peak_kw: Values
    """Power at 1000 W/m2 and 25 degC, kW."""
    tilt: Values
    """Degrees from the horizontal."""
    azimuth: Values
    """Degrees from north over east; 180 faces south."""
    inverter_kw: Values
    """Largest power of the inverter, kW."""
    losses: float = 0.14
    """Share lost to soiling, wiring, mismatch, reflection. Source: A. P. Dobos, PVWatts Version 5 Manual,
    NREL/TP-6A20-62641 (2014)."""
    per_k: float = -0.004
    """Change of power for one kelvin of panel temperature; crystalline silicon."""
    albedo: float = 0.2
    """Share of light that the ground reflects."""

    def plane_w_m2(self, sky: Sky) -> Values:
        """Return the irradiance on each plane, (N,) W/m2.

        Source: J. E. Hay and J. A. Davies, Calculation of the solar radiation incident on an inclined
        surface (1980): part of the diffuse light comes from around the sun.
        """
        if sky.global_w_m2 <= 0.0:
            return np.zeros(len(self.peak_kw))
        tilt, azimuth = np.radians(self.tilt), np.radians(self.azimuth)
        level = np.cos(tilt)
        sun = sky.sun
        across = sun.east * np.sin(azimuth) + sun.north * np.cos(azimuth)
        facing = np.maximum(0.0, np.sin(tilt) * across + level * sun.up)
        around = sky.beam_w_m2 / sun.above_w_m2
        ratio = facing / max(sun.up, _LOWEST_UP)
        diffuse = sky.diffuse_w_m2 * (around * ratio + (1.0 - around) * 0.5 * (1.0 + level))
        ground = sky.global_w_m2 * self.albedo * 0.5 * (1.0 - level)
        total: Values = sky.beam_w_m2 * facing + diffuse + ground
        return total

    def panel_c(self, plane_w_m2: Values, sky: Sky) -> Values:
        """Return the temperature of each panel, (N,) degC. Source: Faiman 2008."""
        warmer: Values = sky.ambient_c + plane_w_m2 / (_U0 + _U1 * sky.wind_m_s)
        return warmer

    def direct_kw(self, plane_w_m2: Values, panel_c: Values) -> Values:
        """Return the power of each panel before its inverter, (N,) kW. Source: PVWatts."""
        bright = self.peak_kw * plane_w_m2 / 1000.0 * (1.0 + self.per_k * (panel_c - 25.0))
        given: Values = np.maximum(0.0, bright * (1.0 - self.losses))
        return given

    def alternating_kw(self, direct_kw: Values) -> Values:
        """Return the power behind each inverter, (N,) kW, clipped. Source: PVWatts."""
        limit_kw = self.inverter_kw / _NOMINAL
        share = np.maximum(direct_kw / limit_kw, 1e-9)
        efficiency = _NOMINAL / _REFERENCE * (-0.0162 * share - 0.0059 / share + 0.9858)
        clipped: Values = np.minimum(self.inverter_kw, np.maximum(0.0, efficiency * direct_kw))
        return clipped

    def available_kw(self, sky: Sky) -> Values:
        """Return what each plant could give under a sky, (N,) kW >= 0."""
        plane = self.plane_w_m2(sky)
        return self.alternating_kw(self.direct_kw(plane, self.panel_c(plane, sky)))

"""What a battery can give and take: power, energy between two states of charge, and losses."""

from __future__ import annotations

import math

import msgspec


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A battery under demand response; discharge is positive.

    >>> b = Battery(power_kw=4000.0, energy_kwh=8000.0, soc_low=10.0, soc_high=90.0, round_trip=1.0)
    >>> b.stored_kwh(60.0), b.usable_kwh
    (4000.0, 6400.0)
    """

    power_kw: float
    """Largest power in either direction, kW."""
    energy_kwh: float
    """Energy between 0 and 100 % state of charge, kWh."""
    soc_low: float
    soc_high: float
    """States of charge it stays between, %."""
    round_trip: float
    """Energy that comes back of what is charged, 1."""

    @property
    def one_way(self) -> float:
        """Efficiency of one direction, 1."""
        return math.sqrt(self.round_trip)

    @property
    def usable_kwh(self) -> float:
        """Energy between the two states of charge, kWh."""
        return self.energy_kwh * (self.soc_high - self.soc_low) / 100.0

    def stored_kwh(self, soc: float) -> float:
        """Return the energy above `soc_low`, kWh, at least 0."""
        return max(0.0, self.energy_kwh * (soc - self.soc_low) / 100.0)

    def bounds_kw(self, soc: float, *, for_s: float) -> tuple[float, float]:
        """Return the lowest and highest power that keep the state of charge inside for `for_s` seconds.

        >>> b = Battery(power_kw=4000.0, energy_kwh=8000.0, soc_low=10.0, soc_high=90.0, round_trip=1.0)
        >>> b.bounds_kw(10.0, for_s=60.0), b.bounds_kw(90.0, for_s=60.0)
        ((-4000.0, 0.0), (0.0, 4000.0))
        """
        hours = for_s / 3600.0
        stored = self.stored_kwh(soc)
        room = max(0.0, self.usable_kwh - stored)
        low = min(self.power_kw, room / self.one_way / hours)
        return 0.0 - low, min(self.power_kw, stored * self.one_way / hours)

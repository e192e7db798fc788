"""Fleets that consume: many units of one kind behind one load, which decide at every full minute.

Between two minutes each unit keeps its decision; a hold (limit, event) that comes in between acts at once. So
the same seed gives the same bits however time is cut, as long as nothing holds the fleet back: energies are
added when a minute or a hold ends, not when somebody looks.

What would have been without control is a fleet of its own: from the first hold on it lives beside the real
one, under the same supply, and is held by nobody. Vehicles that were kept waiting charge later than those of
the other fleet: that is the rebound.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final, Protocol, Self

from kernel.point import NANOSECONDS
from simulators.appliances.hold import FREE, Control, Hold
from simulators.appliances.place import ALL, Spot
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows
from simulators.weather.sky import Skies, Sky

MINUTE_NS: Final = 60 * NANOSECONDS
"""From one decision to the next."""


class Units(Protocol):
    """N units of one kind, with their state."""

    def wanted_kw(self, hold: Hold) -> float:
        """Return the power of all units under a hold until the next minute, kW >= 0; changes nothing."""
        ...

    def run(self, seconds: float, hold: Hold, *, supply: float) -> None:
        """Live through part of a minute under one hold, with a share of the supply, 0 to 1."""
        ...

    def decide(self, now_ns: int, sky: Sky, hold: Hold) -> None:
        """Close the minute that ends now under a hold, and decide for the next one."""
        ...

    def shown(self) -> Mapping[str, float]:
        """Return what a device can feel of the units, by quantity."""
        ...

    def counted(self) -> Mapping[str, float]:
        """Return what was counted since the begin, by KPI."""
        ...

    def account(self) -> Mapping[str, float]:
        """Return all that was counted since the begin; the unit stands in the name."""
        ...


class Fleet(Part):
    """One fleet at one bus, the one that lives and the one that would without control."""

    def __init__(self, spot: Spot, units: Units, skies: Skies, control: Control, *, start_ns: int) -> None:
        self._spot = spot
        self._control = control
        self._real = _Living(units, skies, start_ns)
        self._free: _Living | None = None

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want what the units want under what holds them now."""
        self._want(self._real.units.wanted_kw(self._control.at(now_ns)), wish)

    def act_free(self, now_ns: int, wish: Wish) -> None:  # noqa: ARG002  # decided at the last full minute
        """Want what the units would want had nobody ever held them back."""
        self._want((self._free or self._real).units.wanted_kw(FREE), wish)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int:  # noqa: ARG002  # decided at the last full minute
        """Return the next full minute, where the units decide anew, or the next event before it."""
        minute_ns = (now_ns // MINUTE_NS + 1) * MINUTE_NS
        return min(minute_ns, self._control.wakes_ns(now_ns) or minute_ns)

    def _want(self, power_kw: float, wish: Wish) -> None:
        wish.load_kw[self._spot.row] += power_kw
        wish.load_kvar[self._spot.row] += power_kw * self._spot.tan

    def live(self, stretch: Stretch) -> None:
        """Live through a stretch under the hold that was answered at its begin."""
        hold, supply = self._control.last, self._spot.supply(stretch)
        if self._free is None and hold != FREE:
            self._free = self._real.twin()
        self._real.live(stretch, hold, supply=supply)
        if self._free is not None:
            self._free.live(stretch, FREE, supply=supply)

    def show(self) -> Mapping[str, Mapping[str, float]]:
        """Return what the units show; the power is felt at the load of the fleet."""
        return {self._spot.name: self._real.units.shown()}

    def counted(self) -> Mapping[str, float]:
        """Return what was counted until the last full minute, by KPI."""
        return self._real.units.counted()

    def account(self) -> Mapping[str, float]:
        """Return all that was counted until the last full minute."""
        return self._real.units.account()


class _Living:
    """Units on their own minutes."""

    def __init__(self, units: Units, skies: Skies, start_ns: int) -> None:
        self.units = units
        self._skies = skies
        self._settled_ns = start_ns
        self._hold = FREE
        self._supply = ALL
        minute_ns = start_ns // MINUTE_NS * MINUTE_NS
        units.decide(minute_ns, skies.at(minute_ns), FREE)

    def twin(self) -> Self:
        """Return a copy with a life of its own."""
        other = copy.copy(self)
        other.units = copy.deepcopy(self.units)
        return other

    def live(self, stretch: Stretch, hold: Hold, *, supply: float) -> None:
        if (hold, supply) != (self._hold, self._supply):
            self._settle(stretch.since_ns)
            self._hold, self._supply = hold, supply
        minute_ns = (self._settled_ns // MINUTE_NS + 1) * MINUTE_NS
        while minute_ns <= stretch.until_ns:
            self._settle(minute_ns)
            self.units.decide(minute_ns, self._skies.at(minute_ns), hold)
            minute_ns += MINUTE_NS

    def _settle(self, until_ns: int) -> None:
        """Live until a moment under what held until then."""
        if until_ns > self._settled_ns:
            seconds = (until_ns - self._settled_ns) / NANOSECONDS
            self.units.run(seconds, self._hold, supply=self._supply)
            self._settled_ns = until_ns

"""Plants that give what the weather gives, below a limit: photovoltaic fleets and wind turbines.

They have no memory but their counters: what flows between two moments is what was available at the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from simulators.appliances.hold import Control
from simulators.appliances.place import Spot
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows, Values
from simulators.weather.sky import Skies, Sky


class Source(Protocol):
    """N plants under one sky."""

    def available_kw(self, sky: Sky) -> Values:
        """Return what each plant could give, (N,) kW >= 0."""
        ...


class FeedIn(Part):
    """One fleet of plants at one bus.

    A limit is shared in proportion to what each plant could give. Power is at unity power factor.
    """

    def __init__(self, spot: Spot, source: Source, skies: Skies, control: Control) -> None:
        self._spot = spot
        self._source = source
        self._skies = skies
        self._control = control
        self._available_kwh = 0.0
        self._delivered_kwh = 0.0
        self._curtailed_kwh = 0.0
        self._lost_kwh = 0.0
        self._asked_ns: int | None = None
        self._available_kw = 0.0
        self._tripped = 0.0

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want to feed in what is available, below the limit."""
        limit_kw = self._control.at(now_ns).limit_kw
        wish.plant_kw[self._spot.row] += min(self.available_kw(now_ns), limit_kw)

    def act_free(self, now_ns: int, wish: Wish) -> None:
        """Want to feed in all that is available."""
        wish.plant_kw[self._spot.row] += self.available_kw(now_ns)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002  # events go by the clock
        """Return when the next event begins or ends."""
        return self._control.wakes_ns(now_ns)

    def available_kw(self, now_ns: int) -> float:
        """Return what the fleet could give at a moment, kW >= 0."""
        if now_ns != self._asked_ns:
            self._available_kw = float(self._source.available_kw(self._skies.at(now_ns)).sum())
            self._asked_ns = now_ns
        return self._available_kw

    def live(self, stretch: Stretch) -> None:
        """Count what was available, delivered, held back by a limit, and lost: tripped, or without a grid."""
        hours = stretch.seconds / 3600.0
        available_kw = self.available_kw(stretch.since_ns)
        wanted_kw = min(available_kw, self._control.last.limit_kw)
        joined = self._spot.supply(stretch)
        self._tripped = stretch.tripped.get(self._spot.name, 0.0)
        self._available_kwh += available_kw * hours
        self._curtailed_kwh += joined * (available_kw - wanted_kw) * hours
        self._lost_kwh += (1.0 - joined) * available_kw * hours
        self._delivered_kwh += joined * wanted_kw * hours

    def show(self) -> Mapping[str, Mapping[str, float]]:
        """Return what is available, kW, and the share that has tripped; delivery is felt at the plant."""
        return {self._spot.name: {"available_power": self._available_kw, "trip_state": self._tripped}}

    def counted(self) -> Mapping[str, float]:
        """Return the energy that a limit held back of what could have been fed in."""
        return {"curtailed_kwh": self._curtailed_kwh}

    def account(self) -> Mapping[str, float]:
        """Return what was counted since the begin, kWh; available = delivered + curtailed + lost."""
        return {
            "available_kwh": self._available_kwh,
            "delivered_kwh": self._delivered_kwh,
            "curtailed_kwh": self._curtailed_kwh,
            "lost_kwh": self._lost_kwh,
        }

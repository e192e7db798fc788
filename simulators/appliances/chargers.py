"""Charging stations with vehicles that come, want energy, and leave.

Each station draws its sessions from its own seed and number: when a vehicle comes, how long it is parked,
what it wants. A vehicle accepts full power up to 80 % of its charge and less beyond. A station offers whole
amperes, at least 6 or none (IEC 61851-1). Under a limit, whoever came first is served first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulators.appliances.fleet import MINUTE_NS
from simulators.appliances.hold import FREE, Hold
from simulators.appliances.place import ALL
from simulators.appliances.sessions import Arrivals, Pattern
from simulators.physics.flows import Values
from simulators.weather.sky import Sky

LEAST_A: Final = 6.0
"""Smallest current that a station may offer. Source: IEC 61851-1, control pilot duty cycle."""
VOLTS: Final = 230.0
EFFICIENCY: Final = 0.90
"""Share of what is drawn that reaches the battery; usual for on-board chargers with their cable."""
KNEE: Final = 0.8
"""State of charge above which a vehicle accepts less."""
LAST: Final = 0.1
"""Share of full power that it accepts when full; linear between."""
_WARM_MINUTES: Final = 24 * 60


class Chargers:
    """N stations of one site."""

    def __init__(
        self, pattern: Pattern, *, count: int, phases: int, highest_a: float, seed: int, first: int = 0
    ) -> None:
        """Begin with free stations.

        Args:
            pattern: of the vehicles that come.
            count: N stations.
            phases: of each, 1 or 3.
            highest_a: largest current that a station offers, A a phase.
            seed: of all sessions.
            first: number of the first station; a station draws the same sessions in any fleet.
        """
        self._arrivals = Arrivals(pattern, count=count, seed=seed, first=first)
        self._kw_per_a = VOLTS * phases / 1000.0
        self._highest_a = highest_a
        self._parked = np.zeros(count, dtype=bool)
        self._came = np.zeros(count, dtype=np.int64)
        self._leaves = np.zeros(count, dtype=np.int64)
        self._wanted_kwh = np.zeros(count)
        self._charged_kwh = np.zeros(count)
        self._charge = np.zeros(count)
        self._capacity_kwh = np.ones(count)
        self._minute_kwh = np.zeros(count)
        self._accepted_kw = np.zeros(count)
        self._answer: tuple[Hold, Values] | None = None
        self._totals = dict.fromkeys(("wanted", "charged", "drawn", "late"), 0.0)
        self._sessions = 0
        self._turned_away = 0

    @property
    def rated_kw(self) -> float:
        """Power of all stations together, kW."""
        return float(len(self._parked) * self._highest_a * self._kw_per_a)

    def warm(self, start_ns: int) -> None:
        """Live through the day before, so that vehicles are parked when the world begins; count from zero.

        What a vehicle got on that day is taken off what it wants.
        """
        first = start_ns // MINUTE_NS - _WARM_MINUTES
        for minute in range(first, first + _WARM_MINUTES):
            self._step(minute)
            self.run(60.0, FREE, supply=ALL)
        self._close_minute()
        self._wanted_kwh -= self._charged_kwh
        self._charged_kwh[:] = 0.0
        self._totals = dict.fromkeys(self._totals, 0.0) | {
            "wanted": float(self._wanted_kwh[self._parked].sum())
        }
        self._sessions = int(self._parked.sum())
        self._turned_away = 0

    def wanted_kw(self, hold: Hold) -> float:
        """Return the power of all stations under a hold, kW."""
        return float(self.drawn_kw(hold).sum())

    def drawn_kw(self, hold: Hold) -> Values:
        """Return what each station draws, (N,) kW; their sum is within the limit of the hold."""
        if self._answer is None or self._answer[0] != hold:
            self._answer = hold, self._drawn(hold.limit_kw)
        return self._answer[1]

    def _drawn(self, limit_kw: float) -> Values:
        if limit_kw >= float(self._accepted_kw.sum()):
            return self._accepted_kw
        wants_a = np.minimum(self._highest_a, np.ceil(self._accepted_kw / self._kw_per_a))
        least_kw = np.minimum(self._accepted_kw, LEAST_A * self._kw_per_a)
        waiting = self._accepted_kw > 0.0
        order = np.argsort(np.where(waiting, self._came, np.iinfo(np.int64).max), kind="stable")
        served = np.empty_like(waiting)
        served[order] = np.cumsum(least_kw[order]) <= limit_kw
        served &= waiting
        more_a = np.where(served, np.maximum(0.0, wants_a - LEAST_A), 0.0)
        rest_kw = max(0.0, limit_kw - float(least_kw[served].sum()))
        wanted_kw = float(more_a.sum()) * self._kw_per_a
        share = min(1.0, rest_kw / wanted_kw) if wanted_kw > 0.0 else 0.0
        offered_a = np.where(served, LEAST_A + np.floor(share * more_a), 0.0)
        drawn: Values = np.minimum(self._accepted_kw, offered_a * self._kw_per_a)
        return drawn

    def run(self, seconds: float, hold: Hold, *, supply: float) -> None:
        """Charge for part of a minute."""
        self._minute_kwh += self.drawn_kw(hold) * (supply * seconds / 3600.0)

    def decide(self, now_ns: int, sky: Sky, hold: Hold) -> None:  # noqa: ARG002  # vehicles feel no weather
        """Close the minute; vehicles leave and come; ask the others what they accept."""
        self._step(now_ns // MINUTE_NS)

    def _close_minute(self) -> None:
        stored = self._minute_kwh * EFFICIENCY
        self._charged_kwh += stored
        self._charge += stored / self._capacity_kwh
        self._totals["drawn"] += float(self._minute_kwh.sum())
        self._totals["charged"] += float(stored.sum())
        self._minute_kwh = np.zeros(len(stored))

    def _step(self, minute: int) -> None:
        self._close_minute()
        leaving = self._parked & (self._leaves <= minute)
        if leaving.any():
            self._totals["late"] += float(self._missing_kwh()[leaving].sum())
            self._parked &= ~leaving
        self._welcome(minute)
        self._accepted_kw = self._accepts()
        self._answer = None

    def _welcome(self, minute: int) -> None:
        """Park the vehicles that come in this minute; one that finds its station taken goes away."""
        comes = self._arrivals.at(minute)
        if comes is None:
            return
        taken = self._parked[comes.stations]
        self._turned_away += int(taken.sum())
        here = comes.stations[~taken]
        self._parked[here] = True
        self._came[here], self._leaves[here] = minute, comes.leaves[~taken]
        self._wanted_kwh[here] = comes.wanted_kwh[~taken]
        self._capacity_kwh[here] = comes.capacity_kwh[~taken]
        self._charge[here] = comes.charge[~taken]
        self._charged_kwh[here] = 0.0
        self._sessions += len(here)
        self._totals["wanted"] += float(self._wanted_kwh[here].sum())

    def _missing_kwh(self) -> Values:
        missing: Values = np.maximum(0.0, self._wanted_kwh - self._charged_kwh)
        return missing

    def _accepts(self) -> Values:
        """What each vehicle would draw in the next minute, (N,) kW: no more than it still wants."""
        full_kw = self._highest_a * self._kw_per_a
        taper = 1.0 - (1.0 - LAST) * np.clip((self._charge - KNEE) / (1.0 - KNEE), 0.0, 1.0)
        missing_kw = self._missing_kwh() / EFFICIENCY * 60.0
        accepted: Values = np.where(self._parked, np.minimum(full_kw * taper, missing_kw), 0.0)
        return accepted

    def shown(self) -> Mapping[str, float]:
        """Return how many vehicles are parked and what they still want, kWh."""
        missing = float(self._missing_kwh()[self._parked].sum())
        return {"vehicles": float(self._parked.sum()), "energy_wanted": missing}

    def counted(self) -> Mapping[str, float]:
        """Return the energy that vehicles had not got when they left."""
        return {"late_kwh": self._totals["late"]}

    def account(self) -> Mapping[str, float]:
        """Return energies in the batteries, kWh, and sessions; wanted = charged + late + open."""
        return {
            "wanted_kwh": self._totals["wanted"],
            "charged_kwh": self._totals["charged"],
            "drawn_kwh": self._totals["drawn"],
            "late_kwh": self._totals["late"],
            "open_kwh": float(self._missing_kwh()[self._parked].sum()),
            "sessions": float(self._sessions),
            "turned_away": float(self._turned_away),
        }

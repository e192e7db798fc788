"""Interruptible loads: plants that may be switched off by contract, after notice, so often and so long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kernel.point import NANOSECONDS
from simulators.appliances.hold import Hold
from simulators.durations import QUARTER_HOUR_NS
from simulators.noise import seed_of
from simulators.noise_arrays import Numbers, bells
from simulators.weather.sky import Sky

_MINUTE_H = 1.0 / 60.0
_UNIT = 1 << 26
"""Numbers that one plant has for its quarter-hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed with each plant of a fleet."""

    notice_s: float = 0.0
    """From the announcement of an interruption to its begin."""
    longest_s: float = 4 * 3600.0
    """After this the plant goes on working, whatever the event says."""
    least_on_s: float = 3600.0
    """Working time between two interruptions."""
    most: int = 10
    """Interruptions in a run."""


class Interruptible:
    """N plants of one contract, each with its own unsteady power."""

    def __init__(
        self, contract: Contract, *, power_kw: float, unevenness: float, count: int, seed: int, first: int = 0
    ) -> None:
        """Begin with all of them at work.

        Args:
            contract: of each.
            power_kw: mean of each while it works.
            unevenness: standard deviation of its power over quarter-hours, as a share.
            count: N plants.
            seed: of their powers.
            first: number of the first plant; a plant is the same in any fleet.
        """
        self._contract = contract
        self._power_kw = power_kw
        self._unevenness = unevenness
        self._numbers: Numbers = np.arange(first, first + count, dtype=np.int64)
        self._seed = seed_of(seed, "powers")
        self._off = np.zeros(count, dtype=bool)
        self._minutes_off = np.zeros(count, dtype=np.int64)
        self._minutes_on = np.full(count, round(contract.least_on_s / 60.0), dtype=np.int64)
        self._used = np.zeros(count, dtype=np.int64)
        self._wants_kw = np.zeros(count)
        self._minute_kwh = np.zeros(count)
        self._begun = False
        self._totals = {"served": 0.0, "shed": 0.0, "dark": 0.0}
        self._refused_minutes = 0

    @property
    def rated_kw(self) -> float:
        """Mean power of all of them at work, kW."""
        return self._power_kw * len(self._numbers)

    def wanted_kw(self, hold: Hold) -> float:  # noqa: ARG002  # a contract knows full minutes
        """Return the power of the plants at work, kW."""
        return float(np.where(self._off, 0.0, self._wants_kw).sum())

    def run(self, seconds: float, hold: Hold, *, supply: float) -> None:  # noqa: ARG002
        """Work for part of a minute."""
        self._minute_kwh += np.where(self._off, 0.0, self._wants_kw) * (supply * seconds / 3600.0)

    def decide(self, now_ns: int, sky: Sky, hold: Hold) -> None:  # noqa: ARG002  # they feel no weather
        """Close the minute; interrupt whom the contract lets."""
        if self._begun:
            self._close_minute()
        self._begun = True
        self._interrupt(self._asked(now_ns, hold))
        wander = bells(self._seed, self._numbers * _UNIT + now_ns // QUARTER_HOUR_NS)
        self._wants_kw = np.maximum(0.0, self._power_kw * (1.0 + self._unevenness * wander))

    def _asked(self, now_ns: int, hold: Hold) -> bool:
        """Tell whether an interruption is in force, its notice over."""
        notice_ns = round(self._contract.notice_s * NANOSECONDS)
        return hold.interrupted_ns is not None and now_ns >= hold.interrupted_ns + notice_ns

    def _interrupt(self, asked: bool) -> None:  # noqa: FBT001  # one question, one answer
        contract = self._contract
        ends = self._off & ((self._minutes_off * 60.0 >= contract.longest_s) | (not asked))
        may = (self._minutes_on * 60.0 >= contract.least_on_s) & (self._used < contract.most)
        begins = ~self._off & may & asked
        self._used += begins
        self._off = (self._off & ~ends) | begins
        self._minutes_off[begins] = 0
        self._minutes_on[ends] = 0
        self._refused_minutes += int((~self._off).sum()) if asked else 0

    def _close_minute(self) -> None:
        wanted = self._wants_kw * _MINUTE_H
        self._totals["served"] += float(self._minute_kwh.sum())
        self._totals["shed"] += float(wanted[self._off].sum())
        self._totals["dark"] += float((wanted - self._minute_kwh)[~self._off].sum())
        self._minutes_off += self._off
        self._minutes_on += ~self._off
        self._minute_kwh = np.zeros(len(wanted))

    def shown(self) -> Mapping[str, float]:
        """Return how many plants are interrupted."""
        return {"interrupted": float(self._off.sum())}

    def counted(self) -> Mapping[str, float]:
        """Return the energy that interruptions withheld."""
        return {"shed_kwh": self._totals["shed"]}

    def account(self) -> Mapping[str, float]:
        """Return energies, kWh, interruptions begun, and plant-minutes that no contract gave."""
        return {
            "served_kwh": self._totals["served"],
            "shed_kwh": self._totals["shed"],
            "dark_kwh": self._totals["dark"],
            "interruptions": float(self._used.sum()),
            "refused_minutes": float(self._refused_minutes),
        }

"""The truth of a run: what really happened, with control and without, kept as it goes.

`without` is the counterfactual: the same loads, plants and switches at the same moments, solved again by the
same grid with every battery idle. It is a second power flow, not a subtraction, so losses are right. Loads
do not react to voltage in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from simulators.durations import HOUR_NS
from simulators.faults.timeline import FaultSpan
from simulators.indicators.carry import carried
from simulators.indicators.convergence import Convergence
from simulators.indicators.energy import Energy
from simulators.indicators.peak import Peak
from simulators.physics.course import Course
from simulators.physics.flows import Flows

BATCH: Final = 96
"""Stretches that are counted at once."""


class NoTwin(LookupError):
    """A world does not live without control beside itself, so it cannot tell what control did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One closed demand interval."""

    end_ns: int
    mean_kw: float
    """Mean grid import, kW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened until now, and what would have without anybody's control of batteries and appliances.

    Both lives have the same switching: what people opened, and where regulators put taps and steps, is that
    of the life with control. A study compares with a run of its own in which nobody controls.
    Energies are those of the time that had a solution: 0 where none had, as `unconverged_s` then tells.
    """

    now_ns: int
    steps: int
    unconverged_steps: int
    """Steps whose grid had no solution; their time is in no sum and spoils its interval."""
    unconverged_s: float
    peak: Interval | None
    """Interval with the highest mean import; None before the first that was seen whole."""
    peak_without: Interval | None
    """The same without batteries; it may be another interval."""
    imported_kwh: float
    """Less what went back."""
    imported_without_kwh: float
    discharged_kwh: float
    charged_kwh: float
    loss_kwh: float
    loss_without_kwh: float
    hottest_c: Mapping[str, float] = field(default_factory=dict)
    """Highest hot spot of each transformer since the begin, degC."""
    faults: tuple[FaultSpan, ...] = ()
    """The ground truth: every fault that has begun, in the order of their onset."""


class _Life:
    """One of the two lives, counted as every run is counted."""

    def __init__(self) -> None:
        self._peak, self._energy = Peak(), Energy()

    def enter(self, course: Course) -> None:
        self._peak.enter(course)
        self._energy.enter(course)

    @property
    def peak(self) -> Interval | None:
        """The highest interval; None before the first."""
        found = self._peak
        return Interval(end_ns=found.end_ns, mean_kw=found.peak_kw) if found.end_ns else None

    def net_kwh(self) -> tuple[float, float]:
        """Import less export, and losses."""
        values = {name: float(np.nan_to_num(kwh)) for name, kwh in self._energy.values().items()}
        return values["imported_kwh"] - values["exported_kwh"], values["loss_kwh"]


class Ledger:
    """Counts both lives; each stretch of time is entered once."""

    def __init__(self, start_ns: int, *, batteries: int) -> None:
        """Begin to count.

        Args:
            start_ns: nanoseconds since 1970 UTC.
            batteries: how many of the last plants are batteries.
        """
        self._now_ns, self._batteries = start_ns, batteries
        self._steps, self._real, self._without = Convergence(), _Life(), _Life()
        self._out_kwh = self._in_kwh = 0.0
        self._waiting: list[tuple[Flows, Flows, int, float]] = []

    def enter(self, until_ns: int, *, flows: Flows, without: Flows) -> None:
        """Enter the time until a moment, through which the flows stood as given.

        Args:
            until_ns: not before the time entered last.
            flows: what was.
            without: what would have been with the batteries idle; where one of both has no solution, that
                time counts in neither.
        """
        if until_ns == self._now_ns:
            return
        hours, self._now_ns = (until_ns - self._now_ns) / HOUR_NS, until_ns
        if not (flows.converged and without.converged):
            flows = without = flows if not flows.converged else without
        self._waiting.append((flows, without, until_ns, hours))
        if len(self._waiting) == BATCH:
            self._flush()

    def snapshot(self) -> Truth:
        """Return what happened until now, frozen."""
        self._flush()
        steps = self._steps.values()
        (net, loss), (net_without, loss_without) = self._real.net_kwh(), self._without.net_kwh()
        return Truth(
            now_ns=self._now_ns,
            steps=int(steps["steps"]),
            unconverged_steps=int(steps["unconverged_steps"]),
            unconverged_s=steps["unconverged_h"] * 3600.0,
            peak=self._real.peak,
            peak_without=self._without.peak,
            imported_kwh=net,
            imported_without_kwh=net_without,
            discharged_kwh=self._out_kwh,
            charged_kwh=self._in_kwh,
            loss_kwh=loss,
            loss_without_kwh=loss_without,
        )

    def _flush(self) -> None:
        if not self._waiting:
            return
        real = Course.through([(flows, until, hours) for flows, _, until, hours in self._waiting])
        without = Course.through([(flows, until, hours) for _, flows, until, hours in self._waiting])
        self._waiting = []
        self._steps.enter(real)
        self._real.enter(real)
        self._without.enter(without)
        good, first = real.converged, real.plant_kw.shape[1] - self._batteries
        battery_kwh = real.plant_kw[good, first:].sum(axis=1) * real.hours[good]
        self._out_kwh = carried(self._out_kwh, np.maximum(battery_kwh, 0.0))
        self._in_kwh = carried(self._in_kwh, np.maximum(-battery_kwh, 0.0))

"""The truth of a run: what really happened, with control and without, kept as it goes.

`without` is the counterfactual: the same loads, plants and switches at the same moments, solved again by the
same grid with every battery idle. It is a second power flow, not a subtraction, so losses are right. Loads
do not react to voltage in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.durations import HOUR_NS, QUARTER_HOUR_NS
from simulators.equipment.thermal import ThermalReading
from simulators.faults.timeline import FaultSpan
from simulators.physics.flows import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One closed demand interval."""

    end_ns: int
    mean_kw: float
    """Mean grid import, kW."""
    without_kw: float
    """Mean grid import had the batteries been idle, kW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened until now."""

    now_ns: int
    steps: int
    unconverged_steps: int
    """Steps whose grid had no solution; their time is in no sum and spoils its interval."""
    unconverged_s: float
    peak: Interval | None
    """Interval with the highest mean import; None before the first that was seen whole."""
    peak_without: Interval | None
    """Interval with the highest mean import without batteries."""
    imported_kwh: float
    imported_without_kwh: float
    discharged_kwh: float
    charged_kwh: float
    loss_kwh: float
    loss_without_kwh: float
    hottest_c: Mapping[str, float]
    """Highest hot spot of each transformer since the begin, degC."""
    faults: tuple[FaultSpan, ...] = ()
    """The ground truth: every fault that has begun, in the order of their onset."""


class Ledger:
    """Adds up what happens; each stretch of time is entered once."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns
        self._steps = 0
        self._unconverged = 0
        self._unconverged_ns = 0
        self._intervals: list[Interval] = []
        self._peak: Interval | None = None
        self._peak_without: Interval | None = None
        self._sums = dict.fromkeys(("import", "without", "out", "in", "loss", "loss_without"), 0.0)
        self._filled_ns = 0
        self._open_kwh = [0.0, 0.0]
        self._hottest: dict[str, float] = {}

    def enter(self, until_ns: int, *, flows: Flows, without: Flows, battery_kw: float) -> None:
        """Enter the time until a moment, through which the flows stood as given.

        Args:
            until_ns: not before the time entered last.
            flows: what was.
            without: what would have been with the batteries idle.
            battery_kw: sum over the batteries, discharge positive.
        """
        if until_ns > self._now_ns:
            self._steps += 1
            self._unconverged += not (flows.converged and without.converged)
        while self._now_ns < until_ns:
            border = (self._now_ns // QUARTER_HOUR_NS + 1) * QUARTER_HOUR_NS
            end = min(border, until_ns)
            self._add(end - self._now_ns, flows, without, battery_kw)
            self._now_ns = end
            if end == border:
                self._close(end)

    def heat(self, units: Mapping[str, ThermalReading]) -> None:
        """Enter the present hot spots."""
        for name, shown in units.items():
            self._hottest[name] = max(shown.hot_spot_c, self._hottest.get(name, shown.hot_spot_c))

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """All demand intervals that were seen whole, oldest first."""
        return tuple(self._intervals)

    def snapshot(self) -> Truth:
        """Return what happened until now, frozen."""
        sums = self._sums
        return Truth(
            now_ns=self._now_ns,
            steps=self._steps,
            unconverged_steps=self._unconverged,
            unconverged_s=self._unconverged_ns * 1e-9,
            peak=self._peak,
            peak_without=self._peak_without,
            imported_kwh=sums["import"],
            imported_without_kwh=sums["without"],
            discharged_kwh=sums["out"],
            charged_kwh=sums["in"],
            loss_kwh=sums["loss"],
            loss_without_kwh=sums["loss_without"],
            hottest_c=dict(self._hottest),
        )

    def _add(self, span_ns: int, flows: Flows, without: Flows, battery_kw: float) -> None:
        if not (flows.converged and without.converged):
            self._unconverged_ns += span_ns
            return
        hours = span_ns / HOUR_NS
        self._filled_ns += span_ns
        self._open_kwh[0] += flows.import_kw * hours
        self._open_kwh[1] += without.import_kw * hours
        self._sums["import"] += flows.import_kw * hours
        self._sums["without"] += without.import_kw * hours
        self._sums["out"] += max(battery_kw, 0.0) * hours
        self._sums["in"] += max(-battery_kw, 0.0) * hours
        self._sums["loss"] += flows.loss_kw * hours
        self._sums["loss_without"] += without.loss_kw * hours

    def _close(self, end_ns: int) -> None:
        """Close a demand interval; one that was not seen whole counts for nothing."""
        hours = QUARTER_HOUR_NS / HOUR_NS
        if self._filled_ns == QUARTER_HOUR_NS:
            closed = Interval(
                end_ns=end_ns, mean_kw=self._open_kwh[0] / hours, without_kw=self._open_kwh[1] / hours
            )
            self._intervals.append(closed)
            if self._peak is None or closed.mean_kw > self._peak.mean_kw:
                self._peak = closed
            if self._peak_without is None or closed.without_kw > self._peak_without.without_kw:
                self._peak_without = closed
        self._filled_ns = 0
        self._open_kwh = [0.0, 0.0]

"""Voltage violations after EN 50160: ten-minute means outside 90 to 110 % of the rated voltage.

EN 50160:2010, 4.2.2 and 5.2.2 (cited from memory): in every week 95 % of the ten-minute means of a
low-voltage bus must lie within +-10 %, and none outside +10/-15 %; at medium voltage 99 % and +-15 %. Where
phases differ each is judged by itself, and a bus is as bad as its worst. A phase below 5 % is interrupted,
not low: SAIDI counts who hangs on it, and a bus is dark where no phase has supply. A step of ten minutes and
more is its own mean; shorter ones are averaged over windows from the full hour, and a window that was not
seen whole, or had a moment without solution or supply, counts for nothing. Above 36 kV the band is that of
medium voltage: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.durations import HOUR_NS
from simulators.indicators.by_phase import INTERRUPTED_PU, by_phase
from simulators.indicators.carry import Spans, spans_ns, time_in
from simulators.indicators.known import Known
from simulators.indicators.weeks import Weeks
from simulators.networks.network import Bus
from simulators.physics.course import Course
from simulators.physics.flows import Values

WINDOW_NS: Final = HOUR_NS // 6
LOW_PU: Final = 0.90
HIGH_PU: Final = 1.10


class Voltage:
    """Voltage of N buses."""

    def __init__(self, buses: Sequence[Bus]) -> None:
        """Take the rated voltages, in the order of the courses."""
        self._names = tuple(bus.name for bus in buses)
        self._rated_kv = np.array([bus.voltage_kv for bus in buses])
        count = len(self._names)
        self._low_ns = np.zeros(count, dtype=np.int64)
        self._high_ns = np.zeros(count, dtype=np.int64)
        self._dark_ns = np.zeros(count, dtype=np.int64)
        self._any_ns = 0
        self._lowest = np.full(count, np.inf)
        self._highest = np.full(count, -np.inf)
        self._weeks = Weeks(self._rated_kv)
        self._window = -1
        self._phases = 1
        """Columns of each bus in what follows: 3 once phases differed."""
        self._filled_ns = np.zeros(count, dtype=np.int64)
        self._sum = np.zeros(count)
        self._solved, self._judged = Known(), Known()

    def enter(self, course: Course) -> None:
        """Judge long steps as they are, short ones in windows."""
        if len(course.until_ns) == 0:
            return
        self._solved.enter(course.converged)
        spans = spans_ns(course)
        u_pu = self._columns(course)
        dead = u_pu < INTERRUPTED_PU
        self._dark_ns += time_in(self._any(dead) & ~self._any(u_pu >= INTERRUPTED_PU), spans)
        u_pu[dead] = np.nan
        long = spans >= WINDOW_NS
        if long.all():
            self._judge(course.until_ns, u_pu, spans)
            return
        for row, is_long in enumerate(long.tolist()):
            one = slice(row, row + 1)
            if is_long:
                self._judge(course.until_ns[one], u_pu[one], spans[one])
            else:
                self._fill(int(course.until_ns[row]), u_pu[row], int(spans[row]))

    def _columns(self, course: Course) -> Values:
        """Return the voltages, (T, N * P) pu; P never falls."""
        u_pu = by_phase(course, self._rated_kv)
        phases = max(self._phases, u_pu.shape[1] // max(len(self._names), 1))
        if phases > self._phases:
            self._phases = phases
            self._filled_ns, self._sum = np.repeat(self._filled_ns, phases), np.repeat(self._sum, phases)
            self._weeks.widen(phases)
        return u_pu if u_pu.shape[1] == len(self._sum) else np.repeat(u_pu, phases, axis=1)

    def _any(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether a flag of (T, N * P) is set in any phase, (T, N)."""
        if self._phases == 1:
            return flags
        return np.asarray(flags.reshape(len(flags), -1, self._phases).any(axis=2))

    def _fill(self, until_ns: int, u_pu: Values, span_ns: int) -> None:
        """Add a short step to the one or two windows that it touches."""
        now_ns = until_ns - span_ns
        while now_ns < until_ns:
            window = now_ns // WINDOW_NS
            end_ns = min((window + 1) * WINDOW_NS, until_ns)
            if window != self._window:
                self._window = window
                self._filled_ns[:] = 0
                self._sum[:] = 0.0
            there = np.isfinite(u_pu)
            self._filled_ns += np.where(there, end_ns - now_ns, 0)
            self._sum += np.where(there, u_pu, 0.0) * (end_ns - now_ns)
            if end_ns == (window + 1) * WINDOW_NS:
                mean = np.where(self._filled_ns == WINDOW_NS, self._sum / WINDOW_NS, np.nan)
                self._judge(np.array([end_ns]), mean[None, :], np.array([WINDOW_NS]))
            now_ns = end_ns

    def _judge(self, until_ns: NDArray[np.int64], u_pu: Values, spans: Spans) -> None:
        """Count means; NaN is neither low nor high."""
        self._judged.enter(np.asarray(np.isfinite(u_pu).any(axis=1)))
        low, high = self._any(u_pu < LOW_PU), self._any(u_pu > HIGH_PU)
        self._low_ns += time_in(low, spans)
        self._high_ns += time_in(high, spans)
        self._any_ns += int(spans[(low | high).any(axis=1)].sum())
        self._lowest = np.fmin(self._lowest, self._most(np.fmin, u_pu))
        self._highest = np.fmax(self._highest, self._most(np.fmax, u_pu))
        self._weeks.enter(until_ns, u_pu, spans)

    def _most(self, most: np.ufunc, u_pu: Values) -> Values:
        """Return the lowest or highest of each bus, (N,); NaN where nothing was seen."""
        found: Values = most.reduce(most.reduce(u_pu, axis=0).reshape(-1, self._phases), axis=1)
        return found

    def values(self) -> dict[str, float]:
        """Return the totals."""
        lowest, highest = self._lowest.min(initial=np.inf), self._highest.max(initial=-np.inf)
        return {
            **self._judged.told(
                {
                    "voltage_violation_h": self._any_ns / HOUR_NS,
                    "voltage_low_bus_h": float(self._low_ns.sum()) / HOUR_NS,
                    "voltage_high_bus_h": float(self._high_ns.sum()) / HOUR_NS,
                    "voltage_min_pu": float(lowest) if np.isfinite(lowest) else float("nan"),
                    "voltage_max_pu": float(highest) if np.isfinite(highest) else float("nan"),
                    "en50160_bus_weeks": float(self._weeks.broken),
                }
            ),
            **self._solved.told({"dark_bus_h": float(self._dark_ns.sum()) / HOUR_NS}),
        }

    def elements(self) -> dict[str, dict[str, float]]:
        """Return lowest and highest mean and the time outside the band of each bus."""
        return {
            f"bus/{name}": {
                "voltage_min_pu": float(self._lowest[row])
                if np.isfinite(self._lowest[row])
                else float("nan"),
                "voltage_max_pu": float(self._highest[row])
                if np.isfinite(self._highest[row])
                else float("nan"),
                "voltage_violation_h": float(self._low_ns[row] + self._high_ns[row]) / HOUR_NS
                if np.isfinite(self._lowest[row])
                else float("nan"),
                **self._solved.told({"dark_h": float(self._dark_ns[row]) / HOUR_NS}),
            }
            for row, name in enumerate(self._names)
        }

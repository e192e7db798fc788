"""Voltage violations after EN 50160: ten-minute means outside 90 to 110 % of the rated voltage.

EN 50160:2010, 4.2.2 and 5.2.2 (cited from memory): in every week 95 % of the ten-minute means of a
low-voltage bus must lie within +-10 %, and none outside +10/-15 %; at medium voltage 99 % and +-15 %. A bus
below 5 % is interrupted, not low: SAIDI counts it. A step of ten minutes and more is its own mean; shorter
ones are averaged over windows from the full hour, and a window that was not seen whole, or had a moment
without solution or supply, counts for nothing. Above 36 kV the band is that of medium voltage: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.indicators.carry import HOUR_NS, Spans, spans_ns, time_in
from simulators.indicators.weeks import Weeks
from simulators.networks.network import Bus
from simulators.physics.course import Course
from simulators.physics.flows import Values

WINDOW_NS: Final = HOUR_NS // 6
LOW_PU: Final = 0.90
HIGH_PU: Final = 1.10
INTERRUPTED_PU: Final = 0.05


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
        self._filled_ns = np.zeros(count, dtype=np.int64)
        self._sum = np.zeros(count)

    def enter(self, course: Course) -> None:
        """Judge long steps as they are, short ones in windows."""
        if len(course.until_ns) == 0:
            return
        spans = spans_ns(course)
        u_pu = np.where(course.converged[:, None], course.bus_kv / self._rated_kv, np.nan)
        dark = u_pu < INTERRUPTED_PU
        self._dark_ns += time_in(dark, spans)
        u_pu[dark] = np.nan
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
        low, high = u_pu < LOW_PU, u_pu > HIGH_PU
        self._low_ns += time_in(low, spans)
        self._high_ns += time_in(high, spans)
        self._any_ns += int(spans[(low | high).any(axis=1)].sum())
        self._lowest = np.minimum(self._lowest, np.nanmin(np.where(np.isnan(u_pu), np.inf, u_pu), axis=0))
        self._highest = np.maximum(self._highest, np.nanmax(np.where(np.isnan(u_pu), -np.inf, u_pu), axis=0))
        self._weeks.enter(until_ns, u_pu, spans)

    def values(self) -> dict[str, float]:
        """Return the totals."""
        lowest, highest = self._lowest.min(initial=np.inf), self._highest.max(initial=-np.inf)
        return {
            "voltage_violation_h": self._any_ns / HOUR_NS,
            "voltage_low_bus_h": float(self._low_ns.sum()) / HOUR_NS,
            "voltage_high_bus_h": float(self._high_ns.sum()) / HOUR_NS,
            "voltage_min_pu": float(lowest) if np.isfinite(lowest) else float("nan"),
            "voltage_max_pu": float(highest) if np.isfinite(highest) else float("nan"),
            "en50160_bus_weeks": float(self._weeks.broken),
            "dark_bus_h": float(self._dark_ns.sum()) / HOUR_NS,
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
                "voltage_violation_h": float(self._low_ns[row] + self._high_ns[row]) / HOUR_NS,
                "dark_h": float(self._dark_ns[row]) / HOUR_NS,
            }
            for row, name in enumerate(self._names)
        }

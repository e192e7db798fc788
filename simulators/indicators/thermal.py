"""Thermal violations and the loading duration curve: for how long each branch carried how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.durations import HOUR_NS
from simulators.indicators.carry import spans_ns, time_in
from simulators.indicators.known import Known
from simulators.physics.course import Course

BIN_PU: Final = 0.02
"""Width of a class of the duration curve, per unit of the rating."""
BINS: Final = 100
"""Classes below 2.0; one more holds everything above."""
RARE: Final = 0.05
"""Share of the time above the loading that is told beside the highest."""


class Thermal:
    """Loading of B branches; one without a rating counts as never loaded."""

    def __init__(self, branches: Sequence[str]) -> None:
        """Name the branches in the order of the courses."""
        self._names = tuple(branches)
        count = len(self._names)
        self._over_ns = np.zeros(count, dtype=np.int64)
        self._any_ns = 0
        self._highest = np.zeros(count)
        self._times = np.zeros((count, BINS + 1), dtype=np.int64)
        self._ns = 0
        self._known = Known()

    def enter(self, course: Course) -> None:
        """Sort every branch of every step into its class."""
        good = course.converged
        self._known.enter(good)
        if not good.any() or not self._names:
            return
        spans = spans_ns(course)[good]
        loading = np.nan_to_num(course.loading_pu[good], nan=0.0)
        over = loading > 1.0
        self._over_ns += time_in(over, spans)
        self._any_ns += int(spans[over.any(axis=1)].sum())
        self._highest = np.maximum(self._highest, loading.max(axis=0))
        self._ns += int(spans.sum())
        place = np.minimum(loading * (1.0 / BIN_PU), BINS).astype(np.intp)
        place += np.arange(len(self._names)) * (BINS + 1)
        flat = self._times.reshape(-1)
        np.add.at(flat, place.reshape(-1), np.repeat(spans, len(self._names)))

    @property
    def hours(self) -> NDArray[np.float64]:
        """Time in each class of loading, (B, BINS + 1) hours."""
        return self._times / HOUR_NS

    def values(self) -> dict[str, float]:
        """Return the totals, and the loading that the worst branch exceeds 5 % of the time."""
        rows = range(len(self._names))
        return {
            **self._known.told(
                {
                    "overload_h": self._any_ns / HOUR_NS,
                    "overload_branch_h": float(self._over_ns.sum()) / HOUR_NS,
                }
            ),
            "loading_max_pu": max(map(self._loading_max, rows), default=math.nan),
            "loading_p95_pu": max(map(self._loading_p95, rows), default=math.nan),
        }

    def elements(self) -> dict[str, dict[str, float]]:
        """Return highest loading, time above the rating and the 5 % loading of each branch."""
        return {
            f"branch/{name}": {
                "loading_max_pu": self._loading_max(row),
                "loading_p95_pu": self._loading_p95(row),
                **self._known.told({"overload_h": float(self._over_ns[row]) / HOUR_NS}),
            }
            for row, name in enumerate(self._names)
        }

    def _loading_max(self, row: int) -> float:
        """Highest loading, per unit; NaN while nothing was solved."""
        return float(self._highest[row]) if self._ns else math.nan

    def _loading_p95(self, row: int) -> float:
        """Upper edge of the class that is exceeded for at most 5 % of the time, per unit; NaN as above.

        The class of everything above 2.0 ends at the highest loading that was seen.
        """
        left = self._ns
        for place, span in enumerate(self._times[row, :BINS].tolist()):
            left -= span
            if self._ns and left <= RARE * self._ns:
                return (place + 1) * BIN_PU
        return self._loading_max(row)

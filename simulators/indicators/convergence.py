"""How much of a run had a solution: without it no other number can be believed."""

from __future__ import annotations

import numpy as np

from simulators.durations import HOUR_NS
from simulators.indicators.carry import spans_ns
from simulators.physics.course import Course


class Convergence:
    """Steps and time, and those of them without a solution."""

    def __init__(self) -> None:
        self._steps = self._without = 0
        self._ns = self._without_ns = 0

    def enter(self, course: Course) -> None:
        """Count."""
        spans, holes = spans_ns(course), ~course.converged
        self._steps += len(spans)
        self._without += int(np.count_nonzero(holes))
        self._ns += int(spans.sum())
        self._without_ns += int(spans[holes].sum())

    def values(self) -> dict[str, float]:
        """Return the counts."""
        return {
            "steps": float(self._steps),
            "hours": self._ns / HOUR_NS,
            "unconverged_steps": float(self._without),
            "unconverged_h": self._without_ns / HOUR_NS,
        }

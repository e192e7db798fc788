"""The peak: the highest quarter-hour mean of the power from the grid, as most tariffs bill it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.durations import HOUR_NS, QUARTER_HOUR_NS
from simulators.indicators.windows import pieces_of
from simulators.physics.course import Course
from simulators.physics.flows import Values


class Peak:
    """Highest mean of grid import over a quarter-hour that was seen whole and had a solution throughout."""

    def __init__(self) -> None:
        self._window = -1
        self._kwh = 0.0
        self._filled_ns = 0
        self.peak_kw = float("nan")
        self.end_ns = 0
        """End of that quarter-hour, nanoseconds since 1970 UTC; 0 before the first."""

    def enter(self, course: Course) -> None:
        """Add the energy of each step to the quarter-hours that it touches."""
        if len(course.until_ns) == 0:
            return
        pieces = pieces_of(course, QUARTER_HOUR_NS)
        first = int(pieces.window[0])
        if first != self._window:
            self._kwh, self._filled_ns = 0.0, 0
        good = course.converged[pieces.step]
        power = np.where(good, course.import_kw[pieces.step], 0.0)
        number = np.concatenate(([0], pieces.window - first))
        # What is open comes first and the rest in order: the same sum as step by step.
        kwh = np.bincount(number, np.concatenate(([self._kwh], power * pieces.span_ns / HOUR_NS)))
        filled = np.zeros(len(kwh), dtype=np.int64)
        np.add.at(filled, number, np.concatenate(([self._filled_ns], np.where(good, pieces.span_ns, 0))))
        self._close(first, kwh[filled == QUARTER_HOUR_NS], np.flatnonzero(filled == QUARTER_HOUR_NS))
        self._window, self._kwh, self._filled_ns = first + len(kwh) - 1, float(kwh[-1]), int(filled[-1])

    def _close(self, first: int, kwh: Values, numbers: NDArray[np.intp]) -> None:
        if len(kwh) == 0:
            return
        best = int(kwh.argmax())
        mean_kw = float(kwh[best]) * HOUR_NS / QUARTER_HOUR_NS
        if not mean_kw <= self.peak_kw:
            self.peak_kw, self.end_ns = mean_kw, (first + int(numbers[best]) + 1) * QUARTER_HOUR_NS

    def values(self) -> dict[str, float]:
        """Return the peak."""
        return {"peak_kw": self.peak_kw}

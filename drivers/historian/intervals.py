"""Interval means: the grid of a question about the past, and how its answer is laid out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.measurement import Values
from kernel.quality import BLOCKED, SUBSTITUTED, TEST, VALIDITY

UNUSABLE = VALIDITY | SUBSTITUTED | TEST | BLOCKED
"""A row counts in a mean where none of these bits is set, as in `kernel.quality.good_mask`."""
GOOD_SHARE = 0.5
"""A mean is good where at least this share of the interval's rows is good."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """`count` intervals of equal length that end at `end_ns`; each holds its begin, not its end.

    >>> Grid(step_ns=10, end_ns=100, count=3).place(70), Grid(step_ns=10, end_ns=100, count=3).place(69)
    (0, -1)
    """

    step_ns: int
    end_ns: int
    count: int

    @property
    def start_ns(self) -> int:
        """Begin of the first interval, nanoseconds since 1970 UTC."""
        return self.end_ns - self.count * self.step_ns

    def place(self, at_ns: int) -> int:
        """Return which interval holds a moment; negative or >= count where none does."""
        return (at_ns - self.start_ns) // self.step_ns


def grid_of(*, step_s: float, end_ns: int, count: int) -> Grid:
    """Return the grid of a question.

    Raises:
        ValueError: the step is not positive, or the count is negative.
    """
    step_ns = round(step_s * 1e9)
    if step_ns <= 0 or count < 0:
        raise ValueError(f"{count} intervals of {step_s} s")
    return Grid(step_ns=step_ns, end_ns=end_ns, count=count)


class Mean(msgspec.Struct, frozen=True, array_like=True):
    """The mean of one point over one interval, as a database gives it."""

    line: int
    """Row of the answer: the place of the point in the question."""
    place: int
    """Column of the answer: the place of the interval in the grid."""
    mean: float | None
    good_share: float


def lay_out(
    lines: int, grid: Grid, computed: Iterable[Mean], recorded: Iterable[Mean]
) -> tuple[Values, NDArray[np.bool_]]:
    """Lay means out as (lines, count) values and whether each is good; recorded means win.

    >>> grid = Grid(step_ns=10, end_ns=20, count=2)
    >>> lay_out(1, grid, [Mean(0, 0, 3.0, 1.0), Mean(0, 1, 4.0, 0.2)], [Mean(0, 0, 5.0, 1.0)])
    (array([[5., 0.]]), array([[ True, False]]))
    """
    values = np.zeros((lines, grid.count))
    good = np.zeros((lines, grid.count), dtype=np.bool_)
    for source in (computed, recorded):
        for line, place, mean, share in map(msgspec.structs.astuple, source):
            is_good = mean is not None and share >= GOOD_SHARE
            good[line, place] = is_good
            values[line, place] = mean if is_good else 0.0
    return values, good


def check_means(end_ns: NDArray[np.int64], mean: Values) -> None:
    """Refuse means that cannot be kept.

    Raises:
        ValueError: the arrays differ in shape, or a mean is NaN or infinite.
    """
    if end_ns.shape != mean.shape or end_ns.ndim != 1:
        raise ValueError(f"{end_ns.shape} ends for {mean.shape} means")
    if not np.isfinite(mean).all():
        raise ValueError("a mean is NaN or infinite: leave the interval out, it is a hole then")

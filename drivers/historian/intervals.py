"""Interval means: the grid of a question about the past, and how its answer is laid out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median_low

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.measurement import Values

GOOD_SHARE = 0.5
"""A mean is good where at least this share of the interval's time is good, as in `kernel.pipe.intervals`."""


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


class Counted(msgspec.Struct, frozen=True, array_like=True):
    """The rows of one point in one interval, as a database counts them."""

    line: int
    place: int
    mean: float | None
    """Mean of the good rows."""
    good_rows: int
    spacing_ns: int | None
    """Median time between two rows of the interval, nanoseconds; None where it has one row."""


def weigh(counted: Sequence[Counted], grid: Grid) -> Iterator[Mean]:
    """Turn rows into shares of time: rows that are missing count for nothing, as bad ones do.

    A row speaks for the median spacing in its interval, and for no more than is typical of the point's
    intervals: the few rows of an outage lie far apart. Where no interval of the question has two rows,
    they come no more often than intervals, and each speaks for its own.

    >>> grid = Grid(step_ns=900, end_ns=1800, count=2)
    >>> [mean.good_share for mean in weigh([Counted(0, 0, 7.0, 15, 60), Counted(0, 1, 7.0, 3, 300)], grid)]
    [1.0, 0.2]
    """
    spacings: defaultdict[int, list[int]] = defaultdict(list)
    for one in counted:
        if one.spacing_ns is not None:
            spacings[one.line].append(one.spacing_ns)
    typical = {line: median_low(known) for line, known in spacings.items()}
    for one in counted:
        most_ns = typical.get(one.line, grid.step_ns)
        each_ns = most_ns if one.spacing_ns is None else min(one.spacing_ns, most_ns)
        share = min(1.0, one.good_rows * each_ns / grid.step_ns)
        yield Mean(one.line, one.place, one.mean, share)


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

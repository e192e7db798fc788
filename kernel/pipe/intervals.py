"""Interval means: the mean of every point over the running quarter-hour and over the last one.

Pure. Demand limits and forecasts live on such means. A value counts for the time since the tick before;
time with a bad value counts for nothing, and an interval less than half good has no mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import numpy as np

from kernel.image import IntervalMean, ProcessImage
from kernel.measurement import Rows, Values
from kernel.point import NANOSECONDS
from kernel.quality import good_mask

INTERVAL_NS: Final = 900 * NANOSECONDS
"""A quarter-hour: the metering interval of European tariffs."""
INTERVAL_S: Final = INTERVAL_NS / NANOSECONDS
ENOUGH: Final = 0.5
"""Share of an interval that must be good for a mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Intervals:
    """Sums over the running interval and means of the last closed one, for N points."""

    now_ns: int
    weighted: Values
    """Sum of value times seconds over the good part."""
    good_s: Values
    last: Values
    """Means of the last closed interval; NaN where there is none."""
    last_end_ns: int

    def mean(self, row: int) -> IntervalMean:
        """Return what is known of one point."""
        return self.means((row,))[0]

    def means(self, rows: Sequence[int] | Rows) -> list[IntervalMean]:
        """Return what is known of some points; all are taken from the arrays at once."""
        index, elapsed_s = np.asarray(rows, dtype=np.intp), (self.now_ns % INTERVAL_NS) / NANOSECONDS
        sums = zip(self.weighted[index].tolist(), self.good_s[index].tolist(), strict=True)
        so_far = [weighted / good_s if good_s > 0 else None for weighted, good_s in sums]
        last = [None if math.isnan(mean) else mean for mean in self.last[index].tolist()]
        every = repeat(INTERVAL_S), repeat(elapsed_s), so_far, last, repeat(self.last_end_ns)
        return list(map(IntervalMean, *every))


def no_intervals(count: int, *, now_ns: int) -> Intervals:
    """Return the sums before anything was read."""
    return Intervals(
        now_ns=now_ns,
        weighted=np.zeros(count),
        good_s=np.zeros(count),
        last=np.full(count, np.nan),
        last_end_ns=0,
    )


def accumulate(before: Intervals, image: ProcessImage) -> Intervals:
    """Count an image's values for the time since the tick before; close the interval at its end."""
    begin_of_current = image.now_ns - image.now_ns % INTERVAL_NS
    if before.now_ns >= begin_of_current:
        return _add(before, image, until_ns=image.now_ns)
    end_of_old = before.now_ns - before.now_ns % INTERVAL_NS + INTERVAL_NS
    closed = _close(_add(before, image, until_ns=end_of_old), end_of_old)
    if end_of_old < begin_of_current:  # whole intervals without a tick: they have no mean
        closed = _close(no_intervals(len(image.value), now_ns=begin_of_current), begin_of_current)
    return _add(closed, image, until_ns=image.now_ns)


def _add(before: Intervals, image: ProcessImage, *, until_ns: int) -> Intervals:
    seconds = (until_ns - before.now_ns) / NANOSECONDS
    good, more = good_mask(image.quality), image.value * seconds
    all_good = np.count_nonzero(good) == len(good)  # in the usual tick everything counts
    return Intervals(
        now_ns=until_ns,
        weighted=before.weighted + (more if all_good else np.where(good, more, 0.0)),
        good_s=before.good_s + (seconds if all_good else np.where(good, seconds, 0.0)),
        last=before.last,
        last_end_ns=before.last_end_ns,
    )


def _close(full: Intervals, end_ns: int) -> Intervals:
    count = len(full.weighted)
    enough = full.good_s >= ENOUGH * INTERVAL_S
    return Intervals(
        now_ns=end_ns,
        weighted=np.zeros(count),
        good_s=np.zeros(count),
        last=np.where(enough, full.weighted / np.where(enough, full.good_s, 1.0), np.nan),
        last_end_ns=end_ns,
    )

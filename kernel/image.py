"""The process image: all points frozen for one tick, and what one agent may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from kernel.forecast import Forecast
from kernel.measurement import Block, Measurement, Times, Values
from kernel.point import NANOSECONDS
from kernel.quality import FAILURE, INVALID, NEVER_READ, Quality, is_good


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProcessImage:
    """All N points of a site, frozen for one tick.

    Invariants: every array has shape (N,) and cannot be written; `value` holds no NaN.
    """

    tick: int
    now_ns: int
    value: Values
    quality: Quality
    at_ns: Times
    available_at_ns: Times

    def row(self, row: int, point: str) -> Measurement:
        """Return one row as a measurement, for people and APIs."""
        return Measurement(
            point=point,
            value=float(self.value[row]),
            quality=int(self.quality[row]),
            at_ns=int(self.at_ns[row]),
            available_at_ns=int(self.available_at_ns[row]),
        )

    def reading(self, row: int) -> Reading:
        """Return one row as control code sees it: value with quality and age."""
        at_ns = int(self.at_ns[row])
        return Reading(
            value=float(self.value[row]),
            quality=int(self.quality[row]),
            age_s=(self.now_ns - at_ns) / NANOSECONDS,
            at_ns=at_ns,
        )


def empty_image(count: int, *, now_ns: int) -> ProcessImage:
    """Return the image before anything was read: N holes.

    >>> empty_image(2, now_ns=0).quality.tolist()
    [129, 129]
    """
    return freeze(
        ProcessImage(
            tick=-1,
            now_ns=now_ns,
            value=np.zeros(count),
            quality=np.full(count, NEVER_READ, dtype=np.uint16),
            at_ns=np.zeros(count, dtype=np.int64),
            available_at_ns=np.zeros(count, dtype=np.int64),
        )
    )


def freeze(image: ProcessImage) -> ProcessImage:
    """Make the arrays of an image read-only and return it."""
    for array in (image.value, image.quality, image.at_ns, image.available_at_ns):
        array.flags.writeable = False
    return image


def next_image(before: ProcessImage, blocks: Sequence[Block], *, tick: int, now_ns: int) -> ProcessImage:
    """Lay new blocks over the image before; a row that nobody read keeps its value and grows older.

    A row that is older than what the image holds is dropped: a late value never replaces a newer one.
    A value that is not finite never enters: its row keeps the number it had and turns invalid.
    """
    value, quality = before.value.copy(), before.quality.copy()
    at_ns, available = before.at_ns.copy(), before.available_at_ns.copy()
    for block in blocks:
        take = block.at_ns >= at_ns[block.index]
        finite = np.isfinite(block.value)
        rows = block.index[take & finite]
        holes = block.index[take & ~finite]
        chosen = take & finite
        value[rows] = block.value[chosen]
        quality[rows] = block.quality[chosen]
        at_ns[rows] = block.at_ns[chosen]
        available[rows] = block.available_at_ns[chosen]
        quality[holes] = INVALID | FAILURE
    return freeze(
        ProcessImage(
            tick=tick, now_ns=now_ns, value=value, quality=quality, at_ns=at_ns, available_at_ns=available
        )
    )


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A value as control code sees it: never without quality and age."""

    value: float
    quality: int
    age_s: float
    """Seconds since the moment the value is about."""
    at_ns: int

    @property
    def usable(self) -> float | None:
        """The value where its quality is good, else None: a missing value is a type, not a number."""
        return self.value if is_good(self.quality) else None


class IntervalMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of a point over the running interval, and over the last closed one."""

    interval_s: float
    elapsed_s: float
    """Seconds of the running interval that have passed."""
    so_far: float | None
    """Mean of its good values until now; None where there was none."""
    last: float | None
    """Mean over the last closed interval; None where less than half of it was good."""
    last_end_ns: int
    """End of the last closed interval; 0 before the first."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent may see in one tick: only the points it declared."""

    tick: int
    now_ns: int
    readings: dict[str, Reading]
    means: dict[str, IntervalMean] = {}
    """Interval means of the analog points it declared."""
    forecasts: dict[str, Forecast] = {}
    """Newest forecast of each point it declared."""

    def usable(self, point: str) -> float | None:
        """Return the value of a point where it is good, else None."""
        return self.readings[point].usable

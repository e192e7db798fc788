"""The process image: all points frozen for one tick, and what one agent may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.capability import Answer, Inference
from kernel.forecast import Forecast
from kernel.joint import joined
from kernel.measurement import Block, Index, Measurement, Rows, Times, Values
from kernel.point import NANOSECONDS
from kernel.quality import FAILURE, INVALID, NEVER_READ, Quality, is_good

WORTH_TAKING: Final = 12
"""So many rows and more are read out of an image at once."""


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
            value=self.value.item(row),
            quality=self.quality.item(row),
            at_ns=self.at_ns.item(row),
            available_at_ns=self.available_at_ns.item(row),
        )

    def reading(self, row: int) -> Reading:
        """Return one row as control code sees it: value with quality and age."""
        at_ns = self.at_ns.item(row)
        return Reading(
            value=self.value.item(row),
            quality=self.quality.item(row),
            age_s=(self.now_ns - at_ns) / NANOSECONDS,
            at_ns=at_ns,
        )

    def readings(self, rows: Sequence[int] | Rows) -> list[Reading]:
        """Return rows in the same way; many are taken from the arrays at once."""
        if len(rows) < WORTH_TAKING:
            return [self.reading(row) for row in rows]
        index, now_ns = np.asarray(rows, dtype=np.intp), self.now_ns
        times = self.at_ns[index].tolist()
        # rows of one device are mostly of one moment
        age_s = {at_ns: (now_ns - at_ns) / NANOSECONDS for at_ns in set(times)}
        ages = [age_s[at_ns] for at_ns in times]
        return list(map(Reading, self.value[index].tolist(), self.quality[index].tolist(), ages, times))


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
    if not blocks:
        return replace(before, tick=tick, now_ns=now_ns)
    after = ProcessImage(
        tick=tick,
        now_ns=now_ns,
        value=before.value.copy(),
        quality=before.quality.copy(),
        at_ns=before.at_ns.copy(),
        available_at_ns=before.available_at_ns.copy(),
    )
    for block in joined(blocks, count=len(before.value)):
        _lay(block, after)
    return freeze(after)


def _lay(block: Block, image: ProcessImage) -> None:
    """Lay a block over an image that is being made."""
    rows = _stretch(block.index)
    fits = (block.at_ns >= image.at_ns[rows]) & np.isfinite(block.value)
    if np.count_nonzero(fits) == len(fits):
        image.value[rows] = block.value
        image.quality[rows] = block.quality
        image.at_ns[rows] = block.at_ns
        image.available_at_ns[rows] = block.available_at_ns
        return
    late = block.at_ns < image.at_ns[rows]
    taken = block.index[fits]
    image.value[taken] = block.value[fits]
    image.quality[taken] = block.quality[fits]
    image.at_ns[taken] = block.at_ns[fits]
    image.available_at_ns[taken] = block.available_at_ns[fits]
    image.quality[block.index[~fits & ~late]] = INVALID | FAILURE


def _stretch(index: Index) -> slice | NDArray[np.intp]:
    """Return rows that follow one another as a slice, which is copied as a whole, and others as they are."""
    if len(index) and not np.count_nonzero(index[1:] - index[:-1] - 1):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index.astype(np.intp)


class Reading(msgspec.Struct, frozen=True, gc=False):
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


class IntervalMean(msgspec.Struct, frozen=True, gc=False):
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
    """Newest forecast of each point it declared; empty where the conditions leave it no more than a rule."""
    deadline_ns: int = 0
    """Operational time by which what comes of this view should be there."""
    budget_ms: float = 0.0
    """Real milliseconds that the step may take; 0 where nothing is declared."""
    trace: str = ""
    """Name of this look: calls made from it carry it, and so do their answers."""
    stored: dict[str, bytes] = {}
    """What the agent keeps with the kernel."""
    answers: tuple[Answer, ...] = ()
    """What came of earlier calls, each told once."""
    inferences: tuple[Inference, ...] = ()
    """What others ask of this agent as a model, until it has answered."""
    rung: str = "model"
    """Highest rung of the ladder that the conditions leave it now: no better than this it should work."""

    def usable(self, point: str) -> float | None:
        """Return the value of a point where it is good, else None."""
        return self.readings[point].usable

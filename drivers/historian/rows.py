"""Rows: the blocks of a batch as five sorted columns without doubles, ready for a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.historian.sink import HistoryRefused
from kernel.measurement import Block, Times, Values
from kernel.quality import Quality, good_mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """N rows sorted by point and time; a point has at most one row at a time."""

    point: NDArray[np.int32]
    """Id of the point in the database."""
    at_ns: Times
    value: Values
    quality: Quality
    available_at_ns: Times

    def __len__(self) -> int:
        return len(self.point)


def flatten(blocks: Sequence[Block], ids: NDArray[np.int32]) -> Rows:
    """Join blocks and replace indices by database ids; the best row of each time stays.

    A good row goes before a bad one, then the one known later before the earlier.

    Args:
        blocks: blocks over one table of points.
        ids: (points,) int32, database id of each row of that table.

    Raises:
        HistoryRefused: a value is NaN or infinite, or an index lies outside the table.
    """
    if not blocks:
        empty = np.empty(0, dtype=np.int64)
        return Rows(
            point=empty.astype(np.int32),
            at_ns=empty,
            value=empty.astype(np.float64),
            quality=empty.astype(np.uint16),
            available_at_ns=empty,
        )
    index = np.concatenate([block.index for block in blocks])
    value = np.concatenate([block.value for block in blocks])
    quality = np.concatenate([block.quality for block in blocks])
    at_ns = np.concatenate([block.at_ns for block in blocks])
    available = np.concatenate([block.available_at_ns for block in blocks])
    _check(index, value, len(ids))
    point = ids[index]
    order = np.lexsort((available, good_mask(quality), at_ns, point))
    best = np.ones(len(order), dtype=np.bool_)
    best[:-1] = np.diff(point[order]).astype(np.bool_) | np.diff(at_ns[order]).astype(np.bool_)
    kept = order[best]
    return Rows(
        point=point[kept],
        at_ns=at_ns[kept],
        value=value[kept],
        quality=quality[kept],
        available_at_ns=available[kept],
    )


def _check(index: NDArray[np.int32], value: Values, count: int) -> None:
    finite, known = np.isfinite(value), (index >= 0) & (index < count)
    if not finite.all():
        failing = np.flatnonzero(~finite).tolist()
        raise HistoryRefused("a value is NaN or infinite; a hole must be a quality", rows=failing)
    if not known.all():
        failing = np.flatnonzero(~known).tolist()
        raise HistoryRefused(f"an index lies outside the table of {count} points", rows=failing)

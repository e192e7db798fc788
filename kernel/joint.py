"""Joining: the blocks of many devices as one, so that a tick pays for arrays and not for devices."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kernel.measurement import Block, Index

WORTH_JOINING: Final = 4
"""So many blocks and more are joined."""


def joined(blocks: Sequence[Block], *, count: int) -> tuple[Block, ...]:
    """Join blocks of a site of `count` points that share no row: two hundred devices then cost like one."""
    return tuple(blocks) if len(blocks) < WORTH_JOINING else Joint(count).of(blocks)


class Joint:
    """Joins the blocks of one tick after another; rows and qualities that come again are joined once."""

    def __init__(self, count: int) -> None:
        """Join blocks of a site of `count` points."""
        self._count = count
        self._index, self._quality = _Column(), _Column()
        self._rows: Index | None = None
        """Rows of which it is known that each stands in one block only."""

    def of(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        """Return one block, or the blocks as they are where they are few or share a row."""
        if len(blocks) < WORTH_JOINING:
            return tuple(blocks)
        index = self._index.of([block.index for block in blocks])
        if index is not self._rows:
            seen = np.zeros(self._count, dtype=np.bool_)
            seen[index] = True
            if np.count_nonzero(seen) < len(index):
                return tuple(blocks)  # a row stands in two of them: they are laid one after the other
            self._rows = index
        at_ns = np.concatenate([block.at_ns for block in blocks])
        # as under the virtual clock
        at_once = all(block.available_at_ns is block.at_ns for block in blocks)
        whole = Block(
            index=index,
            value=np.concatenate([block.value for block in blocks]),
            quality=self._quality.of([block.quality for block in blocks]),
            at_ns=at_ns,
            available_at_ns=at_ns if at_once else np.concatenate([block.available_at_ns for block in blocks]),
        )
        return (whole,)


class _Column:
    """One column of many blocks, end to end: made once for arrays that come again and that nobody writes."""

    def __init__(self) -> None:
        self._parts: list[NDArray[Any]] = []
        self._whole: NDArray[Any] = np.zeros(0)

    def of(self, parts: list[NDArray[Any]]) -> NDArray[Any]:
        if len(parts) == len(self._parts) and all(map(is_, parts, self._parts)):
            return self._whole
        self._whole = np.concatenate(parts)
        self._whole.flags.writeable = False
        self._parts = [] if any(part.flags.writeable for part in parts) else parts
        return self._whole

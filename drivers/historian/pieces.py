"""Pieces of a batch: how one that a sink refuses is taken apart until only what fails is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from drivers.historian.batch import Batch
from kernel.measurement import Block


def halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """Return both halves of a batch in order; None where it is one row or one document.

    What is lost goes with neither: a gap is a batch of its own where there is anything else.
    """
    units = len(batch.blocks) + len(batch.documents)
    if batch.gaps and units:
        return replace(batch, gaps=()), replace(batch, blocks=(), documents=())
    if len(batch.gaps) > 1:
        return _cut(batch, gaps=len(batch.gaps) // 2)
    if units > 1:
        return _cut(batch, units=units // 2)
    if batch.blocks and len(batch.blocks[0]) > 1:
        block = batch.blocks[0]
        first = np.arange(len(block)) < len(block) // 2
        return tuple(replace(batch, blocks=(rows_where(block, mask),)) for mask in (first, ~first))  # type: ignore[return-value]
    return None


def _cut(batch: Batch, *, units: int = 0, gaps: int = 0) -> tuple[Batch, Batch]:
    blocks = min(units, len(batch.blocks))
    documents = units - blocks
    first = replace(
        batch, blocks=batch.blocks[:blocks], documents=batch.documents[:documents], gaps=batch.gaps[:gaps]
    )
    second = replace(
        batch, blocks=batch.blocks[blocks:], documents=batch.documents[documents:], gaps=batch.gaps[gaps:]
    )
    return first, second


def apart(batch: Batch, rows: Sequence[int]) -> tuple[Batch, Batch]:
    """Return the named rows of a batch by themselves, and the batch without them.

    Args:
        batch: what was refused.
        rows: places of its rows, counted through all blocks in order.
    """
    named = np.zeros(batch.rows, dtype=np.bool_)
    named[list(rows)] = True
    ends = np.cumsum([len(block) for block in batch.blocks])[:-1]
    masks = np.split(named, ends)
    failing = replace(batch, blocks=_kept(batch.blocks, masks), documents=(), gaps=())
    return failing, replace(batch, blocks=_kept(batch.blocks, [~mask for mask in masks]))


def _kept(blocks: Sequence[Block], masks: Sequence[NDArray[np.bool_]]) -> tuple[Block, ...]:
    found = (rows_where(block, mask) for block, mask in zip(blocks, masks, strict=True))
    return tuple(block for block in found if len(block))


def rows_where(block: Block, mask: NDArray[np.bool_]) -> Block:
    """Return the rows of a block at which a mask is true."""
    return Block(
        index=block.index[mask],
        value=block.value[mask],
        quality=block.quality[mask],
        at_ns=block.at_ns[mask],
        available_at_ns=block.available_at_ns[mask],
    )

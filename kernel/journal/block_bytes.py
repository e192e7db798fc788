"""Blocks as bytes: their arrays go raw and little-endian, exact to the bit."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import DTypeLike, NDArray

from kernel.measurement import Block


class BlockBytes(msgspec.Struct, frozen=True, array_like=True):
    """A block with its arrays as bytes."""

    index: bytes
    value: bytes
    quality: bytes
    at_ns: bytes
    available_at_ns: bytes


def block_bytes(block: Block) -> BlockBytes:
    """Return a block as bytes, exact to the bit."""
    return BlockBytes(
        block.index.tobytes(),
        block.value.tobytes(),
        block.quality.tobytes(),
        block.at_ns.tobytes(),
        block.available_at_ns.tobytes(),
    )


def block_of(kept: BlockBytes) -> Block:
    """Return the block that was kept."""
    return Block(
        index=array_of(kept.index, np.int32),
        value=array_of(kept.value, np.float64),
        quality=array_of(kept.quality, np.uint16),
        at_ns=array_of(kept.at_ns, np.int64),
        available_at_ns=array_of(kept.available_at_ns, np.int64),
    )


def array_of(raw: bytes, dtype: DTypeLike) -> NDArray[Any]:
    """Return an array from its raw little-endian bytes, as one that may be written to."""
    return np.frombuffer(raw, dtype=dtype).copy()

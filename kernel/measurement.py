"""Blocks: what a driver read, as arrays; a measurement is one row, for people and APIs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.int64]
Index = NDArray[np.int32]
Rows = NDArray[np.intp]
"""Rows to look at, as arrays are indexed by."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of a block or image, with its two times."""

    point: str
    value: float
    """In the unit of the point; 0.0 with an invalid quality where there is no value."""
    quality: int
    at_ns: int
    """What time it is about, nanoseconds since 1970 UTC."""
    available_at_ns: int
    """When the gateway knew it, nanoseconds since 1970 UTC."""


class Block(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """N values that were read together.

    Invariants: all arrays have shape (N,); `value` holds no NaN (a hole is a quality).
    """

    index: Index
    """Row of each value in the site's point table."""
    value: Values
    quality: NDArray[np.uint16]
    at_ns: Times
    available_at_ns: Times

    def __len__(self) -> int:
        return len(self.index)


def block(
    index: Sequence[int] | Index,
    value: Sequence[float] | Values,
    quality: Sequence[int] | NDArray[np.uint16],
    *,
    at_ns: int,
    available_at_ns: int | None = None,
) -> Block:
    """Build a block whose rows share their two times.

    >>> len(block([0, 1], [1.5, 2.5], [0, 0], at_ns=7))
    2
    """
    count = len(index)
    known = at_ns if available_at_ns is None else available_at_ns
    return Block(
        index=np.asarray(index, dtype=np.int32),
        value=np.asarray(value, dtype=np.float64),
        quality=np.asarray(quality, dtype=np.uint16),
        at_ns=np.full(count, at_ns, dtype=np.int64),
        available_at_ns=np.full(count, known, dtype=np.int64),
    )

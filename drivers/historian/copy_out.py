"""Rows out of PostgreSQL's binary COPY format, read by numpy in pieces.

Every field has a fixed width and none is null, so that a tuple is a packed record.

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from kernel.measurement import Times, Values
from kernel.quality import Quality

_HEADER: Final = 19
"""Signature, flags and the length of an empty extension, bytes."""
_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC in microseconds since 1970-01-01 UTC."""
_TUPLE: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("at_bytes", ">i4"),
        ("at", ">i8"),
        ("value_bytes", ">i4"),
        ("value", ">f8"),
        ("quality_bytes", ">i4"),
        ("quality", ">i4"),
        ("available_bytes", ">i4"),
        ("available_at", ">i8"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """N rows as they came."""

    at_ns: Times
    value: Values
    quality: Quality
    available_at_ns: Times


def read_rows(pieces: Iterable[bytes | bytearray | memoryview], most: int) -> Iterator[Found]:
    """Give the rows of `COPY (at, value, quality, available_at) TO STDOUT BINARY`, about `most` at a time."""
    waiting, skip = bytearray(), _HEADER
    for piece in pieces:
        waiting += piece
        if len(waiting) - skip >= most * _TUPLE.itemsize:
            whole = (len(waiting) - skip) // _TUPLE.itemsize * _TUPLE.itemsize
            yield _found(bytes(waiting[skip : skip + whole]))
            del waiting[: skip + whole]
            skip = 0
    rest = bytes(waiting[skip:])
    rest = rest[
        : len(rest) // _TUPLE.itemsize * _TUPLE.itemsize
    ]  # behind the last row stands a short trailer
    if rest:
        yield _found(rest)


def _found(body: bytes) -> Found:
    tuples = np.frombuffer(body, dtype=_TUPLE)
    return Found(
        at_ns=_nanoseconds(tuples["at"]),
        value=tuples["value"].astype(np.float64),
        quality=tuples["quality"].astype(np.uint16),
        available_at_ns=_nanoseconds(tuples["available_at"]),
    )


def _nanoseconds(microseconds: Times) -> Times:
    at_ns: Times = (microseconds.astype(np.int64) + _EPOCH_US) * 1000
    return at_ns

"""PostgreSQL's binary COPY format, built by numpy in one piece.

Every field has a fixed width, so a tuple is a packed record: field count, then length and value of
each field, big-endian.

Source: PostgreSQL documentation, COPY, "Binary Format"; timestamptz is microseconds since
2000-01-01 UTC (src/include/datatype/timestamp.h, integer timestamps).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from drivers.historian.rows import Rows
from kernel.measurement import Times

_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END: Final = b"\xff\xff"
_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC in microseconds since 1970-01-01 UTC."""
_TUPLE: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("point_bytes", ">i4"),
        ("point", ">i4"),
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
_WIDTH: Final = {"point": 4, "at": 8, "value": 8, "quality": 4, "available": 8}


def copy_body(rows: Rows) -> bytes:
    """Return rows as the body of `COPY (point, at, value, quality, available_at) FROM STDIN BINARY`."""
    tuples = np.zeros(len(rows), dtype=_TUPLE)
    tuples["fields"] = len(_WIDTH)
    for field, width in _WIDTH.items():
        tuples[f"{field}_bytes"] = width
    tuples["point"] = rows.point
    tuples["at"] = _microseconds(rows.at_ns)
    tuples["value"] = rows.value
    tuples["quality"] = rows.quality
    tuples["available_at"] = _microseconds(rows.available_at_ns)
    return _SIGNATURE + tuples.tobytes() + _END


def _microseconds(at_ns: Times) -> Times:
    microseconds: Times = at_ns // 1000 - _EPOCH_US
    return microseconds

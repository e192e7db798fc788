import struct

import numpy as np

from drivers.historian.copy_binary import copy_body
from drivers.historian.rows import flatten
from kernel.measurement import block


def test_the_body_is_the_documented_format():
    # PostgreSQL documentation, COPY, Binary Format: signature, flags, extension length, tuples, -1.
    # 2000-01-01 00:00:00.000001 UTC is one microsecond after the epoch of timestamptz.
    at_ns = 946_684_800_000_001_000
    rows = flatten([block([0], [1.5], [5], at_ns=at_ns)], np.array([7], dtype=np.int32))
    expected = (
        b"PGCOPY\n\xff\r\n\0"
        + struct.pack(">ii", 0, 0)
        + struct.pack(">h", 5)
        + struct.pack(">ii", 4, 7)
        + struct.pack(">iq", 8, 1)
        + struct.pack(">id", 8, 1.5)
        + struct.pack(">ii", 4, 5)
        + struct.pack(">iq", 8, 1)
        + struct.pack(">h", -1)
    )
    assert copy_body(rows) == expected

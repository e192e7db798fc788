"""Telemetry whose every row can be judged: 200 points, one value each a second, the value is the second."""

from __future__ import annotations

from typing import Final

import numpy as np

from drivers.historian.outbox import Outbox
from kernel.measurement import Block
from kernel.point import NANOSECONDS, Point

COUNT: Final = 200
START_S: Final = 1_780_000_000
"""When the telemetry begins, seconds since 1970 UTC."""
POINTS: Final = tuple(Point(name=f"f{nth // 10}/value_{nth % 10}", unit="kW") for nth in range(COUNT))
_INDEX: Final = np.arange(COUNT, dtype=np.int32)
_GOOD: Final = np.zeros(COUNT, dtype=np.uint16)

JUDGE_POSTGRES: Final = f"""
SELECT count(*), count(DISTINCT (point, at)),
       count(*) FILTER (WHERE value <> extract(epoch FROM at) - {START_S}), coalesce(max(value), -1)
FROM measurements
"""
JUDGE_SQLITE: Final = f"""
SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT point, at_ns FROM measurements)),
       coalesce(sum(value <> at_ns / 1000000000 - {START_S}), 0), coalesce(max(value), -1)
FROM measurements
"""


def second_of(second: int) -> Block:
    """Return the rows of a second."""
    at_ns = np.full(COUNT, (START_S + second) * NANOSECONDS, dtype=np.int64)
    return Block(
        index=_INDEX,
        value=np.full(COUNT, float(second)),
        quality=_GOOD,
        at_ns=at_ns,
        available_at_ns=at_ns,
    )


def append_seconds(outbox: Outbox, seconds: range) -> None:
    """Append seconds, one at a time as a gateway does."""
    for second in seconds:
        outbox.append([second_of(second)])


def wrong_rows(counted: tuple[int, int, int, float], written_seconds: int) -> dict[str, int]:
    """Compare what a database holds with what was written.

    >>> wrong_rows((400, 400, 0, 1.0), 2)
    {'missing': 0, 'double': 0, 'altered': 0}
    """
    rows, distinct, altered, _ = counted
    return {
        "missing": written_seconds * COUNT - distinct,
        "double": rows - distinct,
        "altered": altered,
    }

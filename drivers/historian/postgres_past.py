"""Reading history out of PostgreSQL: rows, and interval means computed by the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection

from drivers.historian.intervals import Counted, Grid, Mean, lay_out, weigh
from kernel.measurement import Measurement, Values
from kernel.quality import UNUSABLE

MICROSECONDS: Final = 1000
"""Nanoseconds in a microsecond, the resolution of PostgreSQL's times."""
_NS: Final = "(extract(epoch FROM {}) * 1000000)::bigint * 1000"
_AT: Final = "timestamptz 'epoch' + %({})s * interval '1 microsecond'"
_ROWS: Final = f"""
SELECT value, quality, {_NS.format("at")}, {_NS.format("available_at")} FROM measurements
WHERE point = %(point)s AND at >= {_AT.format("start")} AND at < {_AT.format("end")} ORDER BY at
"""  # noqa: S608  no outside text: only the two expressions above
_COMPUTED: Final = f"""
WITH binned AS (
    SELECT point, at, value, quality & %(unusable)s = 0 AS good,
           date_bin(%(step)s * interval '1 microsecond', at, {_AT.format("start")}) AS bucket
    FROM measurements
    WHERE point = ANY(%(points)s) AND at >= {_AT.format("start")} AND at < {_AT.format("end")}),
spaced AS (
    SELECT point, bucket, value, good, at - lag(at) OVER (PARTITION BY point, bucket ORDER BY at) AS gap
    FROM binned)
SELECT point, {_NS.format("bucket")}, avg(value) FILTER (WHERE good), count(*) FILTER (WHERE good),
       {_NS.format("percentile_disc(0.5) WITHIN GROUP (ORDER BY gap)")}
FROM spaced GROUP BY point, bucket
"""  # noqa: S608  no outside text: only the expressions above
_RECORDED: Final = """
SELECT point, end_ns, mean, good_share FROM interval_means
WHERE point = ANY(%(points)s) AND step_s = %(step_s)s AND end_ns > %(start_ns)s AND end_ns <= %(end_ns)s
"""


async def rows_of(
    connection: AsyncConnection[Any], number: int, point: str, *, start_ns: int, end_ns: int
) -> tuple[Measurement, ...]:
    """Return the rows of the point with a database id, oldest first."""
    # A start between two microseconds begins at the later one, so that nothing earlier comes back.
    question = {"point": number, "start": -(-start_ns // MICROSECONDS), "end": -(-end_ns // MICROSECONDS)}
    cursor = await connection.execute(_ROWS, question)
    return tuple(
        Measurement(point=point, value=value, quality=quality, at_ns=at, available_at_ns=known)
        for value, quality, at, known in await cursor.fetchall()
    )


async def means_of(
    connection: AsyncConnection[Any], ids: NDArray[np.int32], step_s: float, grid: Grid
) -> tuple[Values, NDArray[np.bool_]]:
    """Return (ids, count) means on a grid, and which are good."""
    unique, lines = np.unique(ids, return_inverse=True)  # a point may be asked for twice
    line = {int(number): place for place, number in enumerate(unique)}
    question = {
        "points": list(line),
        "step_s": step_s,
        "step": grid.step_ns // MICROSECONDS,
        "start": grid.start_ns // MICROSECONDS,
        "end": grid.end_ns // MICROSECONDS,
        "start_ns": grid.start_ns,
        "end_ns": grid.end_ns,
        "unusable": UNUSABLE,
    }
    cursor = await connection.execute(_COMPUTED, question)
    counted = [
        Counted(line[point], grid.place(bucket_ns), mean, good_rows, spacing_ns)
        for point, bucket_ns, mean, good_rows, spacing_ns in await cursor.fetchall()
    ]
    cursor = await connection.execute(_RECORDED, question)
    recorded = _recorded(await cursor.fetchall(), line, grid)
    values, good = lay_out(len(unique), grid, weigh(counted, grid), recorded)
    return values[lines], good[lines]


def _recorded(rows: Sequence[tuple[Any, ...]], line: dict[int, int], grid: Grid) -> Iterator[Mean]:
    """Keep those that end where an interval of the grid ends: others are means of something else."""
    for point, end_ns, mean, share in rows:
        if (grid.end_ns - end_ns) % grid.step_ns == 0:
            yield Mean(line[point], grid.place(end_ns) - 1, mean, share)


async def record(
    connection: AsyncConnection[Any], rows: Sequence[tuple[int, float, int, float, float]]
) -> None:
    """Keep interval means; one with the same point, step and end replaces the earlier."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    await connection.execute(
        "INSERT INTO interval_means SELECT * FROM"
        " unnest(%s::integer[], %s::float8[], %s::bigint[], %s::float8[], %s::float8[])"
        " ON CONFLICT (point, step_s, end_ns) DO UPDATE"
        " SET mean = excluded.mean, good_share = excluded.good_share",
        columns,
    )

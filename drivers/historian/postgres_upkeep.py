"""Upkeep of a history on plain PostgreSQL: quarter-hour means, and raw rows that have had their time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from psycopg import AsyncConnection

from drivers.historian.rows import Rows
from kernel.quality import UNUSABLE

QUARTER_NS: Final = 900 * 10**9
FORGET_EVERY_NS: Final = 3600 * 10**9
"""Of the data's own time."""
POINTS_AT_A_TIME: Final = 25
_MARK: Final = """
INSERT INTO quarter_hours_due
SELECT timestamptz 'epoch' + s * interval '900 seconds' FROM unnest(%s::bigint[]) AS s
ON CONFLICT DO NOTHING
"""
_COMPUTE: Final = f"""
WITH ended AS (
    SELECT start FROM quarter_hours_due
    WHERE start < (SELECT max(start) FROM quarter_hours_due) OR start + interval '15 minutes' < now()
    ORDER BY start LIMIT 4),
due AS (DELETE FROM quarter_hours_due AS d USING ended WHERE d.start = ended.start RETURNING d.start),
computed AS (
    INSERT INTO quarter_hours
    SELECT p.id, due.start, avg(m.value) FILTER (WHERE m.quality & {UNUSABLE} = 0),
           min(m.value) FILTER (WHERE m.quality & {UNUSABLE} = 0),
           max(m.value) FILTER (WHERE m.quality & {UNUSABLE} = 0),
           count(*) FILTER (WHERE m.quality & {UNUSABLE} = 0), count(*)
    FROM due CROSS JOIN points AS p
    JOIN measurements AS m
        ON m.point = p.id AND m.at >= due.start AND m.at < due.start + interval '15 minutes'
    GROUP BY p.id, due.start
    ON CONFLICT (point, start) DO UPDATE
    SET mean = excluded.mean, low = excluded.low, high = excluded.high,
        good_rows = excluded.good_rows, all_rows = excluded.all_rows)
SELECT count(*) FROM due
"""  # noqa: S608  no outside text: only the mask
_POINTS: Final = "SELECT id FROM points WHERE id > %s ORDER BY id LIMIT %s"
_FORGET: Final = """
DELETE FROM measurements
WHERE point = ANY(%s) AND at < timestamptz 'epoch' + %s * interval '1 microsecond'
"""


class Upkeep:
    """What the historian does for its database when nothing waits, a piece at a time."""

    def __init__(self, *, keep_s: float | None = None) -> None:
        """Keep raw rows for so many seconds of the data's own time; None keeps them for good."""
        self.keep_s = keep_s
        self._newest_ns = self._forgot_ns = 0
        self._after_point: int | None = None

    async def mark(self, connection: AsyncConnection[Any], rows: Rows) -> None:
        """Remember in the running transaction that the quarter-hours of these rows are to be computed."""
        if len(rows):
            quarters = np.unique(rows.at_ns // QUARTER_NS)
            await connection.execute(_MARK, (quarters.tolist(),))
            self._newest_ns = max(self._newest_ns, int(rows.at_ns.max()))

    async def tend(self, connection: AsyncConnection[Any]) -> bool:
        """Compute some means that are due, else forget some rows; False where neither was to be done.

        Rows go only when every quarter-hour that has ended has its mean.
        """
        cursor = await connection.execute(_COMPUTE.encode())
        (computed,) = await cursor.fetchone() or (0,)
        return bool(computed) or await self._forget(connection)

    async def _forget(self, connection: AsyncConnection[Any]) -> bool:
        if self.keep_s is None:
            return False
        if self._after_point is None:
            if self._newest_ns - self._forgot_ns < FORGET_EVERY_NS:
                return False
            self._after_point, self._forgot_ns = -1, self._newest_ns
        cursor = await connection.execute(_POINTS, (self._after_point, POINTS_AT_A_TIME))
        points = [number for (number,) in await cursor.fetchall()]
        if not points:
            self._after_point = None
            return False
        before_ns = self._forgot_ns - round(self.keep_s * 1e9)
        await connection.execute(_FORGET, (points, before_ns // 1000))
        self._after_point = points[-1]
        return True

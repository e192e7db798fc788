"""Upkeep of a history in SQLite: quarter-hour means, and raw rows that have had their time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from drivers.historian.rows import Rows
from kernel.quality import UNUSABLE

QUARTER_NS: Final = 900 * 10**9
FORGET_EVERY_NS: Final = 3600 * 10**9
"""Of the data's own time."""
POINTS_AT_A_TIME: Final = 25
_TAKEN_UP: Final = 366 * 96
"""Quarter-hours of rows of an earlier version that are computed: the last year's."""
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS quarter_hours (
    point INTEGER NOT NULL, start_ns INTEGER NOT NULL, mean REAL, low REAL, high REAL,
    good_rows INTEGER NOT NULL, all_rows INTEGER NOT NULL, PRIMARY KEY (point, start_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarter_hours_due (start_ns INTEGER PRIMARY KEY);
CREATE VIEW IF NOT EXISTS quarters AS
    SELECT p.name AS point, q.start_ns, q.mean, q.low, q.high, p.unit, q.good_rows, q.all_rows
    FROM quarter_hours AS q JOIN points AS p ON p.id = q.point;
WITH RECURSIVE span AS (
    SELECT min((SELECT min(at_ns) FROM measurements WHERE point = p.id)) / {QUARTER_NS} AS first,
           max((SELECT max(at_ns) FROM measurements WHERE point = p.id)) / {QUARTER_NS} AS last
    FROM points AS p),
due (quarter, last) AS (
    SELECT max(first, last - {_TAKEN_UP}), last FROM span WHERE first IS NOT NULL
    UNION ALL SELECT quarter + 1, last FROM due WHERE quarter < last)
INSERT OR IGNORE INTO quarter_hours_due SELECT quarter * {QUARTER_NS} FROM due;
COMMIT;
"""  # noqa: S608  no outside text: only the numbers above
_MARK: Final = "INSERT OR IGNORE INTO quarter_hours_due VALUES (?)"
_DUE: Final = """
SELECT min(start_ns) FROM quarter_hours_due WHERE start_ns < (SELECT max(start_ns) FROM quarter_hours_due)
"""
"""The newest has not ended, as far as the data tells."""
_COMPUTE: Final = f"""
INSERT INTO quarter_hours
SELECT p.id, :start, avg(CASE WHEN m.quality & {UNUSABLE} = 0 THEN m.value END),
       min(CASE WHEN m.quality & {UNUSABLE} = 0 THEN m.value END),
       max(CASE WHEN m.quality & {UNUSABLE} = 0 THEN m.value END),
       sum(m.quality & {UNUSABLE} = 0), count(*)
FROM points AS p CROSS JOIN measurements AS m
WHERE m.point = p.id AND m.at_ns >= :start AND m.at_ns < :end
GROUP BY p.id
ON CONFLICT (point, start_ns) DO UPDATE
SET mean = excluded.mean, low = excluded.low, high = excluded.high,
    good_rows = excluded.good_rows, all_rows = excluded.all_rows
WHERE excluded.all_rows >= quarter_hours.all_rows
"""  # noqa: S608  no outside text: only the mask
"""A mean over fewer rows than before is one of which raw rows have gone: the earlier one stays."""
_DONE: Final = "DELETE FROM quarter_hours_due WHERE start_ns = :start"
_POINTS: Final = "SELECT id FROM points WHERE id > ? ORDER BY id LIMIT ?"
_FORGET: Final = "DELETE FROM measurements WHERE point = ? AND at_ns < ?"
_Work = list[tuple[str, Any]]


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are not there yet; means of what an earlier version stored are then due."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'quarter_hours'").fetchone():
        connection.executescript(_SCHEMA)


class SqliteUpkeep:
    """What the historian does for its file when nothing waits, a piece at a time."""

    def __init__(self, *, keep_s: float | None = None) -> None:
        """Keep raw rows for so many seconds of the data's own time; None keeps them for good."""
        self._keep_ns = None if keep_s is None else round(keep_s * 1e9)
        self._newest_ns = self._forgot_ns = 0
        self._after_point: int | None = None

    def mark(self, connection: sqlite3.Connection, rows: Rows) -> None:
        """Remember in the running transaction that the quarter-hours of these rows are to be computed."""
        if len(rows):
            starts = np.unique(rows.at_ns // QUARTER_NS) * QUARTER_NS
            connection.executemany(_MARK, [(start,) for start in starts.tolist()])
            self._newest_ns = max(self._newest_ns, int(rows.at_ns.max()))

    def next_piece(self, connection: sqlite3.Connection) -> Sequence[tuple[str, Any]]:
        """Return what is to be done next, as statements of one transaction; none where nothing is.

        The mean of a quarter-hour that has ended; where there is none due, rows of some points that go.
        """
        (start,) = connection.execute(_DUE).fetchone()
        if start is not None:
            span = {"start": start, "end": start + QUARTER_NS}
            return [(_COMPUTE, span), (_DONE, {"start": start})]
        return self._forget(connection)

    def _forget(self, connection: sqlite3.Connection) -> _Work:
        if self._keep_ns is None:
            return []
        if self._after_point is None:
            if self._newest_ns - self._forgot_ns < FORGET_EVERY_NS:
                return []
            self._after_point, self._forgot_ns = -1, self._newest_ns
        points = connection.execute(_POINTS, (self._after_point, POINTS_AT_A_TIME)).fetchall()
        self._after_point = points[-1][0] if points else None
        before_ns = self._forgot_ns - self._keep_ns
        return [(_FORGET, (point, before_ns)) for (point,) in points]

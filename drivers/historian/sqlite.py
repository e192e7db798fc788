"""History in one SQLite file: the default, for a gateway that stands alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.historian.batch import Batch, Column, batch_of, column_of, columns_of
from drivers.historian.documents import from_json, key_of, to_json
from drivers.historian.intervals import check_means, grid_of
from drivers.historian.rows import Rows, flatten
from drivers.historian.sink import HistoryDown, HistoryRefused
from drivers.historian.sqlite_past import means_of
from drivers.historian.sqlite_upkeep import SqliteUpkeep, prepare
from kernel.measurement import Block, Measurement, Times, Values
from kernel.point import Point
from kernel.ports import Published
from kernel.quality import UNUSABLE

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS points (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (name, unit));
CREATE TABLE IF NOT EXISTS measurements (
    point INTEGER NOT NULL, at_ns INTEGER NOT NULL, value REAL NOT NULL, quality INTEGER NOT NULL,
    available_at_ns INTEGER NOT NULL, PRIMARY KEY (point, at_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, made_at_ns INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (kind, id, made_at_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS interval_means (
    point INTEGER NOT NULL, step_s REAL NOT NULL, end_ns INTEGER NOT NULL, mean REAL NOT NULL,
    good_share REAL NOT NULL, PRIMARY KEY (point, step_s, end_ns)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gaps (
    first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, rows INTEGER NOT NULL,
    PRIMARY KEY (first_ns, last_ns, rows)) WITHOUT ROWID;
"""
_UPSERT: Final = f"""
INSERT INTO measurements VALUES (?, ?, ?, ?, ?) ON CONFLICT (point, at_ns) DO UPDATE
SET value = excluded.value, quality = excluded.quality, available_at_ns = excluded.available_at_ns
WHERE (excluded.quality & {UNUSABLE} = 0, excluded.available_at_ns)
    > (measurements.quality & {UNUSABLE} = 0, measurements.available_at_ns)
"""  # noqa: S608  no outside text: only the mask
"""A failed read repeats the time of the last good one: it must not take its place."""
_ROWS: Final = """
SELECT value, quality, at_ns, available_at_ns FROM measurements
WHERE point = ? AND at_ns >= ? AND at_ns < ? ORDER BY at_ns
"""


class SqliteHistorian:
    """Keeps rows, documents, gaps, interval means and means of quarter-hours; one thread at a time uses it.

    Calls block for the time of a local commit: it belongs into the historian process.
    What was stored survives a killed process and a power cut.
    """

    def __init__(self, path: Path, points: Sequence[Point], *, keep_s: float | None = None) -> None:
        self._columns = columns_of(points)
        self._upkeep = SqliteUpkeep(keep_s=keep_s)
        self._ids: dict[Column, int] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # The outbox forgets a batch once it is stored here: it must be on the disk by then.
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)
        prepare(self._connection)

    async def append(self, blocks: Sequence[Block]) -> None:
        """Store rows of this site's point table; the same row twice is the same as once."""
        await self.store(batch_of(self._columns, blocks))

    async def publish(self, documents: Sequence[Published]) -> None:
        """Store documents; one with the same kind, id and time replaces the earlier."""
        await self.store(batch_of(self._columns, documents=documents))

    async def store(self, batch: Batch) -> None:
        """Store a batch in one transaction.

        Raises:
            HistoryDown: the disk refuses, or another process holds the file.
            HistoryRefused: a value is not finite, or its index means nothing.
        """
        try:
            with self._transaction():
                rows = flatten(batch.blocks, self._ids_of(batch.columns))
                self._insert(rows)
                self._insert_documents(batch)
                self._upkeep.mark(self._connection, rows)
        except sqlite3.IntegrityError as error:
            raise HistoryRefused(str(error)) from error
        except sqlite3.DatabaseError as error:
            self._ids.clear()
            raise HistoryDown(str(error)) from error

    async def tend(self) -> bool:
        """Compute the means of a quarter-hour, or forget some rows; False where neither is to be done.

        Rows go only when every quarter-hour that has ended has its mean.

        Raises:
            HistoryDown: the disk refuses, or another process holds the file.
        """
        try:
            piece = self._upkeep.next_piece(self._connection)
            if not piece:
                return False
            with self._transaction():
                for statement, values in piece:
                    self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise HistoryDown(str(error)) from error
        return True

    async def rows(self, point: str, *, start_ns: int, end_ns: int) -> tuple[Measurement, ...]:
        """Return the rows of a point from `start_ns` to before `end_ns`, whatever their quality."""
        (number,) = self._ids_of([column_of(point, self._columns)])
        found = self._connection.execute(_ROWS, (int(number), start_ns, end_ns))
        return tuple(
            Measurement(point=point, value=value, quality=quality, at_ns=at, available_at_ns=known)
            for value, quality, at, known in found
        )

    async def documents(self, kind: str, *, since_ns: int = 0) -> tuple[Published, ...]:
        """Return documents of a kind made at or after `since_ns`, oldest first."""
        query = "SELECT json FROM documents WHERE kind = ? AND made_at_ns >= ? ORDER BY made_at_ns, id"
        return tuple(from_json(text) for (text,) in self._connection.execute(query, (kind, since_ns)))

    async def lost_rows(self) -> int:
        """Count the rows that the outbox had to drop before they got here."""
        (count,) = self._connection.execute("SELECT coalesce(sum(rows), 0) FROM gaps").fetchone()
        return int(count)

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Return (points, count) interval means before `end_ns`, and which are good.

        A recorded mean wins; else the mean of the good rows, good where they cover half of the time.
        """
        grid = grid_of(step_s=step_s, end_ns=end_ns, count=count)
        with self._transaction():
            ids = self._ids_of([column_of(point, self._columns) for point in points])
        return means_of(self._connection, ids, step_s, grid)

    def record_means(
        self, point: str, *, step_s: float, end_ns: Times, mean: Values, good_share: float = 1.0
    ) -> None:
        """Keep N interval means, such as a back-fill of earlier days; later ones replace earlier.

        Args:
            point: a point of this site.
            step_s: length of the intervals, seconds.
            end_ns: (N,) int64, end of each interval, nanoseconds since 1970 UTC.
            mean: (N,) float64 in the unit of the point, finite; leave a hole out.
            good_share: share of good values behind each mean, 0 to 1.
        """
        check_means(end_ns, mean)
        with self._transaction():
            (number,) = self._ids_of([column_of(point, self._columns)])
            self._connection.executemany(
                "INSERT OR REPLACE INTO interval_means VALUES (?, ?, ?, ?, ?)",
                (
                    (int(number), step_s, e, m, good_share)
                    for e, m in zip(end_ns.tolist(), mean.tolist(), strict=True)
                ),
            )

    async def close(self) -> None:
        """Let go of the file; everything stored is in it."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # whatever it was: no half batch may stay
            self._connection.execute("ROLLBACK")
            self._ids.clear()
            raise
        self._connection.execute("COMMIT")

    def _ids_of(self, columns: Sequence[Column]) -> NDArray[np.int32]:
        for column in columns:
            if column not in self._ids:
                name = (column.name, column.unit)
                self._connection.execute("INSERT OR IGNORE INTO points (name, unit) VALUES (?, ?)", name)
                query = "SELECT id FROM points WHERE name = ? AND unit = ?"
                (self._ids[column],) = self._connection.execute(query, name).fetchone()
        return np.array([self._ids[column] for column in columns], dtype=np.int32)

    def _insert(self, rows: Rows) -> None:
        arrays = (rows.point, rows.at_ns, rows.value, rows.quality, rows.available_at_ns)
        columns = (array.tolist() for array in arrays)
        self._connection.executemany(_UPSERT, zip(*columns, strict=True))

    def _insert_documents(self, batch: Batch) -> None:
        for document in batch.documents:
            key = key_of(document)
            self._connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                (key.kind, key.id, key.made_at_ns, to_json(document)),
            )
        self._connection.executemany(
            "INSERT OR IGNORE INTO gaps VALUES (?, ?, ?)",
            ((gap.first_ns, gap.last_ns, gap.rows) for gap in batch.gaps),
        )

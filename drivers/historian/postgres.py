"""History in PostgreSQL, as a hypertable where TimescaleDB is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection

from drivers.historian import timescale
from drivers.historian.batch import Batch, Column, batch_of, column_of, columns_of
from drivers.historian.database import Database
from drivers.historian.documents import from_json
from drivers.historian.intervals import check_means, grid_of
from drivers.historian.migrate import migrate
from drivers.historian.postgres_past import MICROSECONDS, means_of, record, rows_of
from drivers.historian.postgres_upkeep import Upkeep
from drivers.historian.postgres_write import STAGING, RowWriter, insert_documents
from drivers.historian.rows import flatten
from kernel.measurement import Block, Measurement, Times, Values
from kernel.point import Point
from kernel.ports import Published

T = TypeVar("T")
Connection = AsyncConnection[Any]


class PostgresHistorian:
    """Keeps rows, documents, gaps and interval means; every call ends within its deadline.

    Times are kept in microseconds; what a gateway stamps more finely is rounded down.
    """

    def __init__(
        self,
        dsn: str,
        points: Sequence[Point],
        *,
        deadline_s: float = 10.0,
        upkeep: Upkeep | None = None,
        password_file: str = "",
    ) -> None:
        """Use a database.

        Args:
            dsn: connection string.
            points: the site's points, in table order.
            deadline_s: longest real time of a call, s.
            upkeep: for the one historian that looks after the database; None for everyone else.
            password_file: file of the password or `credential:NAME`; empty where the string is enough.
        """
        self._upkeep, self._has_timescale = upkeep, False
        self._dsn, self._deadline_s = dsn, deadline_s
        self._columns = columns_of(points)
        self._ids: dict[Column, int] = {}
        self._writer = RowWriter()
        self._password_file = password_file
        self._database = self._new_database()

    async def append(self, blocks: Sequence[Block]) -> None:
        """Store rows of this site's point table; the same row twice is the same as once."""
        await self.store(batch_of(self._columns, blocks))

    async def publish(self, documents: Sequence[Published]) -> None:
        """Store documents; one with the same kind, id and time replaces the earlier."""
        await self.store(batch_of(self._columns, documents=documents))

    async def store(self, batch: Batch) -> None:
        """Store a batch in one transaction.

        Raises:
            HistoryDown: the database is away or silent; send the batch again.
            HistoryRefused: a value is not finite, or its index means nothing.
        """

        async def work(connection: Connection) -> None:
            rows = flatten(batch.blocks, await self._ids_of(connection, batch.columns))
            await self._writer.write(connection, rows)
            await insert_documents(connection, batch)
            if self._upkeep is not None and not self._has_timescale:
                await self._upkeep.mark(connection, rows)

        await self._run(work)

    async def tend(self) -> bool:
        """Do a piece of upkeep; False where there is none to do. TimescaleDB does it by itself.

        Raises:
            HistoryDown: the database is away or silent.
        """
        upkeep = self._upkeep
        if upkeep is None or self._has_timescale:
            return False
        return await self._run(upkeep.tend)

    async def rows(self, point: str, *, start_ns: int, end_ns: int) -> tuple[Measurement, ...]:
        """Return the rows of a point from `start_ns` to before `end_ns`, whatever their quality."""

        async def work(connection: Connection) -> tuple[Measurement, ...]:
            (number,) = await self._ids_of(connection, [column_of(point, self._columns)])
            return await rows_of(connection, int(number), point, start_ns=start_ns, end_ns=end_ns)

        return await self._run(work)

    async def documents(self, kind: str, *, since_ns: int = 0) -> tuple[Published, ...]:
        """Return documents of a kind made at or after `since_ns`, oldest first."""
        query = (
            "SELECT body::text FROM documents WHERE kind = %s AND made_at_ns >= %s ORDER BY made_at_ns, id"
        )

        async def work(connection: Connection) -> tuple[Published, ...]:
            cursor = await connection.execute(query, (kind, since_ns))
            return tuple(from_json(text) for (text,) in await cursor.fetchall())

        return await self._run(work)

    async def lost_rows(self) -> int:
        """Count the rows that the outbox had to drop before they got here."""

        async def work(connection: Connection) -> int:
            cursor = await connection.execute("SELECT coalesce(sum(rows), 0)::bigint FROM gaps")
            (count,) = await cursor.fetchone() or (0,)
            return int(count)

        return await self._run(work)

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Return (points, count) interval means before `end_ns`, and which are good.

        A recorded mean wins; else the mean of the good rows, good where they cover half of the time.
        The caller's thread waits, at most for the deadlines of connecting and asking.

        Raises:
            HistoryDown: the database is away or silent.
            ValueError: the step is no whole number of microseconds.
        """
        grid = grid_of(step_s=step_s, end_ns=end_ns, count=count)
        if grid.step_ns % MICROSECONDS or grid.end_ns % MICROSECONDS:
            raise ValueError(f"PostgreSQL keeps microseconds; asked for {grid}")

        async def work(connection: Connection) -> tuple[Values, NDArray[np.bool_]]:
            ids = await self._ids_of(connection, [column_of(point, self._columns) for point in points])
            return await means_of(connection, ids, step_s, grid)

        return self._wait_for(work)

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

        async def work(connection: Connection) -> None:
            (number,) = await self._ids_of(connection, [column_of(point, self._columns)])
            rows = zip(end_ns.tolist(), mean.tolist(), strict=True)
            await record(connection, [(int(number), step_s, e, m, good_share) for e, m in rows])

        self._wait_for(work)

    async def close(self) -> None:
        """Drop the connection; everything stored is in the database."""
        await self._database.close()

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            return await self._database.run(work)
        except BaseException:  # ids of points that were inserted in the transaction are gone with it
            self._ids.clear()
            raise

    def _wait_for(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do work on a connection of its own, in a loop of its own: the caller may stand in another."""

        async def alone() -> T:
            database = self._new_database()
            try:
                return await database.run(work)
            finally:
                await database.close()

        with ThreadPoolExecutor(1, thread_name_prefix="historian") as thread:
            return thread.submit(asyncio.run, alone()).result()

    def _new_database(self) -> Database:
        return Database(
            self._dsn,
            prepare=self._prepare,
            deadline_s=self._deadline_s,
            password_file=self._password_file,
        )

    async def _prepare(self, connection: Connection) -> None:
        await migrate(connection)
        self._has_timescale = await timescale.is_installed(connection)
        if self._has_timescale:
            await timescale.set_up(connection)
            if self._upkeep is not None:
                await timescale.apply_policies(connection, self._upkeep.keep_s)
        await connection.execute(STAGING)
        self._ids.clear()

    async def _ids_of(self, connection: Connection, columns: Sequence[Column]) -> NDArray[np.int32]:
        unknown = [column for column in columns if column not in self._ids]
        ids = dict(self._ids)
        if unknown:
            names = ([column.name for column in unknown], [column.unit for column in unknown])
            await connection.execute(
                "INSERT INTO points (name, unit) SELECT * FROM unnest(%s::text[], %s::text[])"
                " ON CONFLICT DO NOTHING",
                names,
            )
            cursor = await connection.execute(
                "SELECT name, unit, id FROM points"
                " WHERE (name, unit) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
                names,
            )
            ids |= {Column(name, unit): number for name, unit, number in await cursor.fetchall()}
        self._ids = ids
        return np.array([ids[column] for column in columns], dtype=np.int32)

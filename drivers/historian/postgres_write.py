"""Writing rows into PostgreSQL: by plain COPY where they are new, by way of an upsert where they are not."""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection, errors

from drivers.historian.batch import Batch
from drivers.historian.copy_binary import copy_body
from drivers.historian.documents import key_of, to_json
from drivers.historian.rows import Rows
from kernel.quality import UNUSABLE

Connection = AsyncConnection[Any]

STAGING: Final = """
CREATE TEMP TABLE incoming (
    point integer, at timestamptz, value double precision, quality integer, available_at timestamptz
) ON COMMIT DELETE ROWS
"""
_MERGE: Final = f"""
INSERT INTO measurements AS m (point, at, value, quality, available_at)
SELECT point, at, value, quality, available_at FROM incoming
ON CONFLICT (point, at) DO UPDATE
SET value = excluded.value, quality = excluded.quality, available_at = excluded.available_at
WHERE (excluded.quality & {UNUSABLE} = 0, excluded.available_at)
    > (m.quality & {UNUSABLE} = 0, m.available_at)
"""  # noqa: S608  no outside text: only the mask
"""A failed read repeats the time of the last good one: it must not take its place."""
_COLUMNS: Final = "(point, at, value, quality, available_at) FROM STDIN (FORMAT BINARY)"
_LONGEST_DOUBT: Final = 64
"""Batches that go by upsert at most before plain COPY is tried again."""


class RowWriter:
    """Writes each row once, however often it comes.

    Rows of a working gateway are new, and COPY straight into the indexed table is twice as fast as any
    upsert. The primary key refuses a row that is there already: then nothing of the COPY stays, and the
    same rows go by way of a staging table. After that the next 1, 2, 4 ... batches do so at once.
    """

    def __init__(self) -> None:
        self.copied = self.merged = 0
        """Batches that went straight in, and by upsert."""
        self._doubt = self._failures = 0

    async def write(self, connection: Connection, rows: Rows) -> None:
        """Write rows in the running transaction."""
        if not len(rows):
            return
        body = copy_body(rows)
        if self._doubt:
            self._doubt -= 1
        elif await self._copied(connection, body):
            return
        async with connection.cursor() as cursor:
            async with cursor.copy(f"COPY incoming {_COLUMNS}".encode()) as copy:
                await copy.write(body)
            await cursor.execute(_MERGE)
        self.merged += 1

    async def _copied(self, connection: Connection, body: bytes) -> bool:
        try:
            async with (
                connection.transaction(),
                connection.cursor() as cursor,
                cursor.copy(f"COPY measurements {_COLUMNS}".encode()) as copy,
            ):
                await copy.write(body)
        except errors.UniqueViolation:
            self._failures += 1
            self._doubt = min(1 << (self._failures - 1), _LONGEST_DOUBT)
            return False
        self.copied += 1
        self._failures = 0
        return True


async def insert_documents(connection: Connection, batch: Batch) -> None:
    """Store documents and gaps of a batch; the same again replaces the earlier."""
    async with connection.cursor() as cursor:
        keys = [(key_of(document), document) for document in batch.documents]
        await cursor.executemany(
            "INSERT INTO documents VALUES (%s, %s, %s, %s::jsonb)"
            " ON CONFLICT (kind, id, made_at_ns) DO UPDATE SET body = excluded.body",
            [(key.kind, key.id, key.made_at_ns, to_json(document)) for key, document in keys],
        )
        await cursor.executemany(
            "INSERT INTO gaps VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(gap.first_ns, gap.last_ns, gap.rows) for gap in batch.gaps],
        )

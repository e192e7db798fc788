"""The quarantine: rows and documents that a sink refuses, kept beside the cursor until a person decides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from drivers.historian import columns, documents
from drivers.historian.batch import Batch, Column, Gap, Place

QUARANTINE_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS quarantine (
    id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER, number INTEGER, why TEXT, tries INTEGER,
    again INTEGER, rows INTEGER, documents_count INTEGER, first_ns INTEGER, last_ns INTEGER,
    columns BLOB, documents BLOB, blocks BLOB);
CREATE TABLE IF NOT EXISTS dropped (
    id INTEGER PRIMARY KEY, why TEXT, reason TEXT, rows INTEGER, documents INTEGER,
    first_ns INTEGER, last_ns INTEGER, told INTEGER)
"""
MOST_ENTRIES: Final = 10_000
"""Entries with rows alone that are kept; then the oldest go, with a gap record. Documents never go."""
FULL: Final = "the quarantine is full"
REFUSED_GAP: Final = "lost before it came here; the sink refused the record"
_ENTRY: Final = (
    "segment, number, why, tries, again, rows, documents_count, first_ns, last_ns, columns, documents, blocks"
)
_DROPPED: Final = "why, reason, rows, documents, first_ns, last_ns, told"
_DROP: Final = f"INSERT INTO dropped ({_DROPPED}) VALUES (?, ?, ?, ?, ?, ?, 0)"  # noqa: S608 our own words
_ADD: Final = "INSERT INTO {table} ({columns}) SELECT {columns} FROM other.{table} ORDER BY id"
_SUMMARY: Final = "id, segment, number, why, tries, again, rows, documents_count, first_ns, last_ns"
_columns: Final = msgspec.msgpack.Decoder(tuple[Column, ...])


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """A part of a batch that its sink will not take as it is."""

    batch: Batch
    why: str


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """One entry of the quarantine, without what it holds."""

    id: int
    segment: int
    number: int
    """Place of the batch in the outbox, with `segment`."""
    why: str
    """What the sink said."""
    tries: int
    """How often it was offered again in vain."""
    again: bool
    """A person asked that it be offered again."""
    rows: int
    documents: int
    first_ns: int
    """Time of its oldest row, nanoseconds since 1970 UTC; 0 where it has none."""
    last_ns: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """How much a quarantine holds."""

    entries: int = 0
    rows: int = 0
    documents: int = 0
    dropped_rows: int = 0
    """Rows that a person, or the bound, dropped from it; a gap record says so in the history."""


class Quarantine:
    """What one sink refused; it lives in the file of that reader's cursor."""

    def __init__(self, connection: sqlite3.Connection, *, most_entries: int = MOST_ENTRIES) -> None:
        """Use a file that holds the tables; what an earlier version set aside is taken over."""
        self._connection = connection
        self._most_entries = most_entries
        self._take_over()

    def keep(self, refusal: Refusal, *, tries: int = 0) -> None:
        """Keep a refused part; the caller's transaction makes it one with the move of the cursor.

        A gap in it waits to be told, as one of dropped rows does.
        """
        batch = refusal.batch
        for gap in batch.gaps:
            lost = (refusal.why, REFUSED_GAP, gap.rows, 0, gap.first_ns, gap.last_ns)
            self._connection.execute(_DROP, lost)
        if not batch.blocks and not batch.documents:
            return
        times = [(int(block.at_ns.min()), int(block.at_ns.max())) for block in batch.blocks if len(block)]
        summary = (batch.place.segment, batch.place.number, refusal.why, tries, 0, batch.rows)
        first, last = min((one for one, _ in times), default=0), max((one for _, one in times), default=0)
        self._connection.execute(
            "INSERT INTO quarantine VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *summary,
                *(len(batch.documents), first, last),
                msgspec.msgpack.encode(batch.columns),
                documents.pack(batch.documents),
                columns.pack(batch.blocks),
            ),
        )
        self._keep_bound()

    def add(self, path: Path) -> int:
        """Add what another file holds, behind what is here; return how many entries.

        Raises:
            sqlite3.DatabaseError: it cannot be read; nothing of it is here.
        """
        self._connection.execute("ATTACH ? AS other", (str(path),))
        try:
            with self._transaction():
                count = self._connection.execute(_ADD.format(table="quarantine", columns=_ENTRY)).rowcount
                self._connection.execute(_ADD.format(table="dropped", columns=_DROPPED))
                self._keep_bound()
        finally:
            self._connection.execute("DETACH other")
        return count

    def held(self) -> Held:
        """Return how much is held."""
        entries, rows, docs = self._connection.execute(
            "SELECT count(*), coalesce(sum(rows), 0), coalesce(sum(documents_count), 0) FROM quarantine"
        ).fetchone()
        (gone,) = self._connection.execute(
            "SELECT coalesce(sum(rows), 0) FROM dropped WHERE reason != ?", (REFUSED_GAP,)
        ).fetchone()
        return Held(entries=entries, rows=rows, documents=docs, dropped_rows=gone)

    def entries(self) -> tuple[Kept, ...]:
        """Return every entry, oldest first."""
        found = self._connection.execute(f"SELECT {_SUMMARY} FROM quarantine ORDER BY id")  # noqa: S608 ours
        return tuple(_kept(row) for row in found)

    def wanted(self) -> tuple[Kept, Batch] | None:
        """Return the oldest entry that is to be offered again."""
        row = self._connection.execute(
            f"SELECT {_SUMMARY}, columns, documents, blocks FROM quarantine"  # noqa: S608 ours
            " WHERE again = 1 ORDER BY id LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        *summary, table, docs, body = row
        entry = _kept(summary)
        return entry, Batch(
            place=Place(entry.segment, entry.number),
            columns=_columns.decode(table),
            blocks=columns.unpack(body),
            documents=documents.unpack(docs),
            historical=True,
        )

    def ask_again(self, ids: Sequence[int]) -> int:
        """Have entries offered to the sink again; return how many there are."""
        marks = ", ".join("?" * len(ids))
        return self._connection.execute(
            f"UPDATE quarantine SET again = 1 WHERE id IN ({marks})",  # noqa: S608 only question marks
            tuple(ids),
        ).rowcount

    def settle(self, entry: Kept, refused: Sequence[Refusal]) -> None:
        """Put what was refused again in the place of an entry; nothing, where all of it was taken."""
        with self._transaction():
            self._connection.execute("DELETE FROM quarantine WHERE id = ?", (entry.id,))
            for refusal in refused:
                self.keep(refusal, tries=entry.tries + 1)

    def drop(self, ids: Sequence[int], reason: str) -> int:
        """Drop entries for good, with the reason; return how many. Their rows become a gap record.

        Raises:
            ValueError: no reason was given.
        """
        if not reason.strip():
            raise ValueError("say why it is dropped")
        with self._transaction():
            return sum(self._drop(number, reason) for number in ids)

    def untold(self) -> tuple[tuple[int, ...], tuple[Gap, ...]]:
        """Return gaps of dropped rows that the sink has not been told of, with their ids."""
        rows = self._connection.execute(
            "SELECT id, rows, first_ns, last_ns FROM dropped WHERE told = 0 AND rows > 0 ORDER BY id"
        ).fetchall()
        return tuple(row[0] for row in rows), tuple(Gap(*row[1:]) for row in rows)

    def told(self, ids: Sequence[int]) -> None:
        """Remember that the sink has these gaps."""
        self._connection.executemany("UPDATE dropped SET told = 1 WHERE id = ?", [(one,) for one in ids])

    def _drop(self, number: int, reason: str) -> int:
        row = self._connection.execute(
            "SELECT why, rows, documents_count, first_ns, last_ns FROM quarantine WHERE id = ?", (number,)
        ).fetchone()
        if row is None:
            return 0
        why, *counts = row
        self._connection.execute(_DROP, (why, reason, *counts))
        self._connection.execute("DELETE FROM quarantine WHERE id = ?", (number,))
        return 1

    def _keep_bound(self) -> None:
        (count,) = self._connection.execute("SELECT count(*) FROM quarantine").fetchone()
        if count > self._most_entries:
            oldest = self._connection.execute(
                "SELECT id FROM quarantine WHERE documents_count = 0 ORDER BY id LIMIT ?",
                (count - self._most_entries,),
            ).fetchall()
            for (number,) in oldest:
                self._drop(number, FULL)

    def _take_over(self) -> None:
        """Move what version 0.1 set aside; it kept whole batches."""
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'set_aside'").fetchone():
            return
        with self._transaction():
            found = self._connection.execute("SELECT * FROM set_aside").fetchall()
            for segment, number, why, table, docs, body in found:
                batch = Batch(
                    place=Place(segment, number),
                    columns=_columns.decode(table),
                    blocks=columns.unpack(body),
                    documents=documents.unpack(docs),
                )
                self.keep(Refusal(batch, why))
            self._connection.execute("DROP TABLE set_aside")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # whatever it was: nothing may be half dropped
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _kept(row: Sequence[Any]) -> Kept:
    return msgspec.convert(tuple(row), type=Kept, strict=False)

"""Connections of the command journal: SQLite as the standard library ships it, or one that a test gives.

`CommandJournal` speaks all its SQL through this role. The tests of power cuts give it another SQLite, whose
file system they write themselves; statements, order and settings are the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol

PATIENCE_S: Final = 0.5
"""Real seconds to wait for another writer, of this process or of another."""
AT_ONCE: Final = 25
"""Rows that go into one statement: a tick of many commands is inserted in a third less time."""
SCHEMA: Final = """
create table if not exists entries (
    seq integer primary key, at_ns integer not null, tick integer not null, kind text not null,
    subject text not null, body text not null, hash blob not null);
create index if not exists entries_subject on entries (subject);
create table if not exists commands (id text primary key, seq integer not null, body text not null);
create table if not exists ends (command text primary key, outcome text not null, seq integer not null);
create table if not exists checkpoints (seq integer primary key, body text not null);
"""


class Rows(Protocol):
    """Rows of an answer."""

    def fetchone(self) -> Any:
        """Return the next row; None after the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows that are left."""
        ...


class Connection(Protocol):
    """What the journal needs of a database; errors are those of `sqlite3`."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        ...

    def execute(self, sql: str, parameters: Any = ..., /) -> Rows:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Run one statement for many rows."""
        ...

    def executescript(self, sql: str, /) -> Any:
        """Run several statements."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


Connect = Callable[[Path], Connection]
"""Opens the file of a journal for writing."""


def connect(path: Path) -> Connection:
    """Open a file for writing; one transaction at a time, begun and ended by the journal itself."""
    return sqlite3.connect(path, timeout=PATIENCE_S, check_same_thread=False, isolation_level=None)


def connect_reader(path: Path) -> Connection:
    """Open a file only to read it, beside a gateway that writes."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def prepare(db: Connection, *, durable: bool) -> None:
    """Set how the file is written, and make what is missing in it.

    The write-ahead log is folded into the file here and in `CommandJournal.tend`, never by SQLite on its own:
    SQLite keeps an error of that to itself. Here it makes sure that what is taken up from a log, which a
    process before may have failed to confirm, is on the disk before anything follows it.
    """
    db.execute("pragma journal_mode=wal").fetchall()
    db.execute("pragma synchronous=full" if durable else "pragma synchronous=normal")
    db.execute("pragma wal_autocheckpoint=0").fetchall()
    db.execute("pragma wal_checkpoint(passive)").fetchall()
    db.executescript(SCHEMA)


def insert(db: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows into one of our tables, in order."""
    if not rows:
        return
    columns, full = len(rows[0]), len(rows) - len(rows) % AT_ONCE
    if full:
        lots = (tuple(chain.from_iterable(rows[at : at + AT_ONCE])) for at in range(0, full, AT_ONCE))
        db.executemany(_inserting(table, columns, AT_ONCE), lots)
    if full < len(rows):
        db.executemany(_inserting(table, columns, 1), rows[full:])


@cache
def _inserting(table: str, columns: int, count: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"insert into {table} values {', '.join([row] * count)}"  # noqa: S608 - our tables

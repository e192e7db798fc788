"""Cursors: how far each reader of an outbox has come, on disk."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drivers.historian.batch import START, Batch, Place
from drivers.historian.documents import key_of
from drivers.historian.quarantine import QUARANTINE_SCHEMA, Quarantine, Refusal
from drivers.historian.taken import Span, Taken
from kernel.ports import Published

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY CHECK (id = 1), segment INTEGER, number INTEGER);
CREATE TABLE IF NOT EXISTS ahead (
    place INTEGER PRIMARY KEY, after_segment INTEGER, after_number INTEGER,
    upto_segment INTEGER, upto_number INTEGER);
CREATE TABLE IF NOT EXISTS newest (kind TEXT, id TEXT, made_at_ns INTEGER, PRIMARY KEY (kind, id))
"""


def cursor_path(directory: Path, name: str) -> Path:
    """Return the file of a reader's cursor.

    Raises:
        ValueError: the name is not a short lower-case word.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a reader: lower-case letters, digits, - and _")
    return directory / f"cursor-{name}.sqlite"


class Cursor:
    """What one reader has taken; moved only after its sink accepted what lies before.

    Where it stands, what was refused and which documents went ahead change together, in one transaction.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self._connection = sqlite3.connect(
            cursor_path(directory, name), isolation_level=None, check_same_thread=False, timeout=5.0
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A power cut may move the cursor back: the batch then comes again, which sinks allow.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        for statement in (_SCHEMA + ";\n" + QUARANTINE_SCHEMA).split(";\n"):
            self._connection.execute(statement)
        self.quarantine = Quarantine(self._connection)
        self.taken = taken_in(self._connection)
        self.newest: dict[tuple[str, str], int] = {
            (kind, id_): made
            for kind, id_, made in self._connection.execute("SELECT kind, id, made_at_ns FROM newest")
        }
        """By kind and id: the newest document that went ahead of the backlog."""
        if not self._connection.execute("SELECT count(*) FROM cursor").fetchone()[0]:
            self.move(self.taken)

    @property
    def place(self) -> Place:
        """Everything up to and with it was taken."""
        return self.taken.place

    def move(self, taken: Taken, *, batch: Batch | None = None, refused: Sequence[Refusal] = ()) -> None:
        """Remember what was taken, with the parts of its last batch that are to be set aside."""
        newer = self._newer(taken, batch)
        with self._transaction():
            place = (taken.place.segment, taken.place.number)
            self._connection.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?)", place)
            if taken.ahead != self.taken.ahead:
                self._write_ahead(taken.ahead)
            for refusal in refused:
                self.quarantine.keep(refusal)
            self._write_newest(newer, forget=not taken.ahead)
        self.taken = taken
        self.newest = self.newest | newer if taken.ahead else {}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _newer(self, taken: Taken, batch: Batch | None) -> dict[tuple[str, str], int]:
        """Return the documents of a live batch that went ahead of a backlog."""
        if batch is None or batch.historical or not taken.ahead:
            return {}
        return _made(batch.documents)

    def _write_newest(self, newer: Mapping[tuple[str, str], int], *, forget: bool) -> None:
        if forget:
            if self.newest:
                self._connection.execute("DELETE FROM newest")
            return
        self._connection.executemany(
            "INSERT OR REPLACE INTO newest VALUES (?, ?, ?)",
            [(kind, id_, made) for (kind, id_), made in newer.items()],
        )

    def _write_ahead(self, ahead: Sequence[Span]) -> None:
        self._connection.execute("DELETE FROM ahead")
        self._connection.executemany(
            "INSERT INTO ahead VALUES (?, ?, ?, ?, ?)",
            [
                (nth, span.after.segment, span.after.number, span.upto.segment, span.upto.number)
                for nth, span in enumerate(ahead)
            ],
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # whatever it was: no half move may stay
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _made(documents: Iterable[Published]) -> dict[tuple[str, str], int]:
    keys = sorted((key_of(document) for document in documents), key=lambda key: key.made_at_ns)
    return {(key.kind, key.id): key.made_at_ns for key in keys}


def taken_in(connection: sqlite3.Connection) -> Taken:
    """Return what the reader of a cursor's file has taken.

    Raises:
        sqlite3.OperationalError: the file has no cursor yet.
    """
    connection.execute("BEGIN")  # both tables of one moment
    try:
        row = connection.execute("SELECT segment, number FROM cursor").fetchone()
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ahead'").fetchone()
        spans = connection.execute("SELECT * FROM ahead ORDER BY place").fetchall() if known else []
    finally:
        connection.execute("COMMIT")
    ahead = tuple(Span(Place(a, b), Place(c, d)) for _, a, b, c, d in spans)
    return Taken(Place(*row) if row else START, ahead)


def taken_of(directory: Path, name: str) -> Taken:
    """Return what the reader of a name has taken; nothing, where it is creating its cursor just now."""
    address = f"{cursor_path(directory, name).absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=5.0)
    try:
        return taken_in(connection)
    except sqlite3.OperationalError:  # it has no table yet, so nothing was read
        return Taken()
    finally:
        connection.close()


def all_taken(directory: Path) -> list[Taken]:
    """Return what every reader of an outbox has taken."""
    paths = sorted(directory.glob("cursor-*.sqlite"))
    return [taken_of(directory, path.stem.removeprefix("cursor-")) for path in paths]

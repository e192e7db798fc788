"""Cursors: how far each reader of an outbox has come, on disk."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from drivers.historian import columns, documents
from drivers.historian.batch import Batch, Place

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY CHECK (id = 1), segment INTEGER, number INTEGER);
CREATE TABLE IF NOT EXISTS set_aside (
    segment INTEGER, number INTEGER, why TEXT, columns BLOB, documents BLOB, blocks BLOB,
    PRIMARY KEY (segment, number)
)"""


def cursor_path(directory: Path, name: str) -> Path:
    """Return the file of a reader's cursor.

    Raises:
        ValueError: the name is not a short lower-case word.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a reader: lower-case letters, digits, - and _")
    return directory / f"cursor-{name}.sqlite"


class Cursor:
    """Where one reader stands; moved only after its sink accepted what lies before."""

    def __init__(self, directory: Path, name: str) -> None:
        self._connection = sqlite3.connect(
            cursor_path(directory, name), isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A power cut may move the cursor back: the batch then comes twice, which sinks allow.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        for statement in _SCHEMA.split(";\n"):
            self._connection.execute(statement)
        row = self._connection.execute("SELECT segment, number FROM cursor").fetchone()
        self.place = Place(*row) if row else Place(0, 0)
        if row is None:
            self.move(self.place)

    def move(self, place: Place) -> None:
        """Remember that everything up to and with `place` was accepted."""
        self._connection.execute(
            "INSERT OR REPLACE INTO cursor VALUES (1, ?, ?)", (place.segment, place.number)
        )
        self.place = place

    def set_aside(self, batch: Batch, why: str) -> None:
        """Keep a batch that its sink refuses for ever, and move past it."""
        row = (
            *(batch.place.segment, batch.place.number, why),
            msgspec.msgpack.encode(batch.columns),
            documents.pack(batch.documents),
            columns.pack(batch.blocks),
        )
        self._connection.execute("INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?, ?, ?)", row)
        self.move(batch.place)

    @property
    def refused(self) -> int:
        """Number of batches that were set aside."""
        (count,) = self._connection.execute("SELECT count(*) FROM set_aside").fetchone()
        return int(count)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def places_in(directory: Path) -> list[Place]:
    """Return where every reader of an outbox stands."""
    places = []
    for path in sorted(directory.glob("cursor-*.sqlite")):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        try:
            row = connection.execute("SELECT segment, number FROM cursor").fetchone()
        except sqlite3.OperationalError:  # its reader is creating it just now, and has read nothing
            row = None
        finally:
            connection.close()
        places.append(Place(*row) if row else Place(0, 0))
    return places


def retire_readers(directory: Path, keep: Iterable[str]) -> list[str]:
    """Forget readers that no longer exist, so that they hold no segments back; return their names."""
    kept = {cursor_path(directory, name) for name in keep}
    gone = [path for path in sorted(directory.glob("cursor-*.sqlite")) if path not in kept]
    for path in gone:
        for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            part.unlink(missing_ok=True)
    return [path.stem.removeprefix("cursor-") for path in gone]

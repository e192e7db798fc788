"""Segments: the files of an outbox, each a SQLite database with one writer."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from drivers.historian.batch import Column

VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE head (version INTEGER NOT NULL, columns BLOB NOT NULL);
CREATE TABLE appends (
    number INTEGER PRIMARY KEY,
    rows INTEGER NOT NULL,
    first_ns INTEGER,
    last_ns INTEGER,
    lost_rows INTEGER NOT NULL,
    lost_first_ns INTEGER,
    lost_last_ns INTEGER,
    documents BLOB,
    blocks BLOB
);
"""
_WAL_BYTES: Final = 1 << 20
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_columns: Final = msgspec.msgpack.Decoder(tuple[Column, ...])


class ForeignSegment(RuntimeError):
    """A segment was written in a layout this version does not read."""


def segment_path(directory: Path, segment: int) -> Path:
    """Return the file of a segment.

    >>> segment_path(Path("box"), 7).name
    'segment-00000007.sqlite'
    """
    return directory / f"segment-{segment:08d}.sqlite"


def segments_in(directory: Path) -> list[int]:
    """Return the numbers of the segments that are there, oldest first."""
    return sorted(int(path.stem.removeprefix("segment-")) for path in directory.glob("segment-*.sqlite"))


def create_segment(directory: Path, segment: int, columns: Sequence[Column]) -> None:
    """Create an empty segment; it appears whole or not at all, also after a power cut.

    Raises:
        sqlite3.OperationalError: the disk refuses.
        OSError: the directory refuses.
    """
    path = segment_path(directory, segment)
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN")
        for statement in _SCHEMA.strip().split(";\n"):
            connection.execute(statement)
        head = (VERSION, msgspec.msgpack.encode(tuple(columns)))
        connection.execute("INSERT INTO head VALUES (?, ?)", head)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    unfinished.rename(path)
    sync_directory(directory)


def open_segment(path: Path) -> sqlite3.Connection:
    """Open an existing segment; the connection may be handed from thread to thread, one at a time.

    Raises:
        sqlite3.OperationalError: there is no such segment.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=1.0
    )
    connection.execute("PRAGMA synchronous=NORMAL")  # only a checkpoint syncs; the writer asks for more
    connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
    return connection


def columns_in(connection: sqlite3.Connection) -> tuple[Column, ...]:
    """Return what the index of the rows of a segment means.

    Raises:
        ForeignSegment: another version wrote it.
    """
    version, body = connection.execute("SELECT version, columns FROM head").fetchone()
    if version != VERSION:
        raise ForeignSegment(f"segment layout {version}; this version reads {VERSION}")
    return _columns.decode(body)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error means that the file itself is broken, not that the disk refuses just now."""
    return error.sqlite_errorcode & 0xFF in _DAMAGE


def bytes_of(directory: Path, segment: int) -> int:
    """Return what a segment takes on disk with its write-ahead log, bytes."""
    path = segment_path(directory, segment)
    total = 0
    for part in (path, path.with_name(path.name + "-wal")):
        try:
            total += part.stat().st_size
        except FileNotFoundError:  # the log is gone once a segment is closed; a reader may delete a segment
            continue
    return total


def delete_segment(directory: Path, segment: int) -> None:
    """Delete a segment; one that is gone already is no error."""
    path = segment_path(directory, segment)
    for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        part.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

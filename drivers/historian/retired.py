"""Retired readers: a sink that is gone holds nothing back, and loses nothing that it refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog

from drivers.historian.cursor import Cursor, cursor_path
from drivers.historian.quarantine import Quarantine

_log: Final = structlog.get_logger(__name__)


def retired_path(directory: Path, name: str) -> Path:
    """Return the file that keeps what a retired reader had set aside."""
    return directory / f"retired-{name}.sqlite"


def retired_in(directory: Path) -> list[str]:
    """Return the names of the retired readers that had set something aside."""
    return [path.stem.removeprefix("retired-") for path in sorted(directory.glob("retired-*.sqlite"))]


def retire_readers(directory: Path, keep: Iterable[str]) -> list[str]:
    """Forget readers that no longer exist, so that they hold no segments back; return their names.

    One that set something aside keeps it, in a file named `retired-NAME.sqlite`.
    """
    kept = {cursor_path(directory, name) for name in keep}
    gone = [path for path in sorted(directory.glob("cursor-*.sqlite")) if path not in kept]
    names = [path.stem.removeprefix("cursor-") for path in gone]
    for name, path in zip(names, gone, strict=True):
        if retired_path(directory, name).exists():  # it had been retired before
            with closing(Cursor(directory, name)) as cursor:
                take_back(directory, name, cursor.quarantine)
        if _has_set_aside(path):
            path.rename(retired_path(directory, name))
        _unlink(path)
    return names


def take_back(directory: Path, name: str, quarantine: Quarantine) -> int:
    """Give a reader that has returned what it had set aside; return how many entries.

    Should the process end in between, some of it is there twice: what is offered twice is stored once.
    """
    path = retired_path(directory, name)
    if not path.exists():
        return 0
    try:
        count = quarantine.add(path)
    except sqlite3.DatabaseError as error:  # it stays where it is; the reader goes on without it
        _log.error("outbox.retired_unreadable", path=str(path), reason=str(error))
        return 0
    _unlink(path)
    _log.info("outbox.retired_returned", reader=name, entries=count)
    return count


def _unlink(path: Path) -> None:
    for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        part.unlink(missing_ok=True)


def _has_set_aside(path: Path) -> bool:
    """Tell whether a cursor's file holds refused rows; its log is emptied, so that the file is whole."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (count,) = connection.execute("SELECT count(*) FROM quarantine").fetchone()
        (untold,) = connection.execute("SELECT count(*) FROM dropped WHERE told = 0 AND rows > 0").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:  # the file of a reader that never read
        return False
    finally:
        connection.close()
    return bool(count or untold)

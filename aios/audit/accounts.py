"""The trail of accounts in an export: who could act at all, beside what was done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from aios.access.trail import Trail
from aios.audit.paper import ACCOUNTS, Row, entry_of, row_of
from kernel.journal.chain import verify


def write_trail(database: Path, out: Path) -> tuple[str, ...]:
    """Write the whole trail of a control room's accounts; return the file's name, or nothing without a trail.

    All of it and not the span alone: who was made long before may have acted in it.

    Raises:
        ValueError: the file of the accounts cannot be read.
    """
    if not database.exists():
        return ()
    try:
        return _write(database, out)
    except sqlite3.DatabaseError as error:
        raise ValueError(f"the accounts in {database} cannot be read: {error}") from error


def _write(database: Path, out: Path) -> tuple[str, ...]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as read:
        trail = Trail(read, by="")
        if not trail.stands():
            return ()
        with (out / ACCOUNTS).open("wb") as file:
            for entry in trail.entries():
                file.write(msgspec.json.encode(row_of(entry)) + b"\n")
    return (ACCOUNTS,)


def trail_findings(out: Path) -> Iterator[str]:
    """Say what is wrong with the trail of an export."""
    decoder = msgspec.json.Decoder(Row)
    with (out / ACCOUNTS).open("rb") as file:
        yield from (f"{ACCOUNTS}: {text}" for text in verify(entry_of(decoder.decode(line)) for line in file))

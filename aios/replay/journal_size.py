"""What the flight recorder costs: bytes on the disk, and bytes a day at the rate of the newest run."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from aios.folder import Folder
from aios.site import site_of
from kernel.journal.recorder import RunHeader

_DAY_S: Final = 86_400.0


class JournalSize(msgspec.Struct, frozen=True, kw_only=True):
    """What journal and recording cost."""

    commands_bytes: int
    """Of the command journal's file."""
    entries: int
    recorder_bytes: int
    """Of the recorder's file."""
    ticks: int
    """Ticks of the newest run that are kept."""
    points: int
    bytes_per_tick: float
    """In the recording, compressed, snapshots left out."""
    bytes_per_entry: float
    """In the command journal, with its index."""
    entries_per_day: float
    gb_per_day: float
    """Both together at the rate of the newest run, 10^9 bytes a day; the recording is a ring."""


def journal_size(root: Path) -> JournalSize:
    """Measure the files of a gateway.

    Raises:
        FileNotFoundError: the folder holds no journal or no recording.
        LookupError: nothing was recorded.
    """
    folder = Folder(root=root)
    for path in (folder.commands, folder.recorder):
        if not path.exists():
            raise FileNotFoundError(f"no {path.name} in {root}")
    header, ticks, body = _recorded(folder.recorder)
    site = site_of(header.site, folder=Path(header.folder))
    per_tick = body / ticks
    run_days = ticks * site.base_tick_s / _DAY_S
    entries, of_run = _entries(folder.commands, header.run)
    commands_bytes = _bytes(folder.commands)
    per_entry = commands_bytes / max(entries, 1)
    per_day = of_run / run_days
    return JournalSize(
        commands_bytes=commands_bytes,
        entries=entries,
        recorder_bytes=_bytes(folder.recorder),
        ticks=ticks,
        points=len(site.points),
        bytes_per_tick=per_tick,
        bytes_per_entry=per_entry,
        entries_per_day=per_day,
        gb_per_day=(per_tick * _DAY_S / site.base_tick_s + per_entry * per_day) / 1e9,
    )


def _recorded(path: Path) -> tuple[RunHeader, int, int]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        row = db.execute("select header from runs order by rowid desc limit 1").fetchone()
        if row is None:
            raise LookupError("nothing was recorded")
        header = msgspec.json.decode(row[0], type=RunHeader)
        query = "select sum(last - first + 1), sum(length(body)) from batches where run = ?"
        ticks, body = db.execute(query, (header.run,)).fetchone()
    finally:
        db.close()
    if not ticks:
        raise LookupError(f"no tick of run {header.run} was recorded yet")
    return header, ticks, body


def _entries(path: Path, run: str) -> tuple[int, int]:
    """Count all entries, and those since a run was opened."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        (every,) = db.execute("select count(*) from entries").fetchone()
        query = "select max(seq) from entries where kind = 'opened' and subject = ?"
        (begin,) = db.execute(query, (run,)).fetchone()
        (since,) = db.execute("select count(*) from entries where seq >= ?", (begin or 0,)).fetchone()
    finally:
        db.close()
    return every, since


def _bytes(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)

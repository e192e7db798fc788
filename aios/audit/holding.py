"""Legal holds of a gateway: told to it, read from its journal, and pinned in its recording."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from aios.folder import Folder
from kernel.journal.commands import CommandJournal
from kernel.journal.holds import Held, holds_of
from kernel.journal.pins import SCHEMA, Pin, pin
from kernel.journal.recorder import Recording

_TITLE = "legal hold {0}"


def standing(root: Path) -> tuple[Held, ...]:
    """Return the holds that stand in a gateway's journal."""
    with closing(CommandJournal(Folder(root=root).commands, read_only=True)) as journal:
        return holds_of(journal.told())


def pin_span(root: Path, name: str, from_ns: int, until_ns: int, *, reason: str) -> int:
    """Pin every recorded tick of a span, so that the ring does not cut it; return how many stretches.

    A span that has no end yet pins the newest run for as long as it records.
    """
    path = Folder(root=root).recorder
    if not path.exists():
        return 0
    wanted = tuple(_stretches(path, name, from_ns, until_ns or 2**63 - 1, reason=reason))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5.0)) as db:
        db.executescript(SCHEMA)
        for one in wanted:
            pin(db, one)
    return len(wanted)


def unpin(root: Path, name: str) -> None:
    """Let go of what a hold has pinned."""
    path = Folder(root=root).recorder
    if path.exists():
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5.0)) as db:
            db.executescript(SCHEMA)
            db.execute("delete from pins where title = ? and not automatic", (_TITLE.format(name),))


def _stretches(path: Path, name: str, from_ns: int, until_ns: int, *, reason: str) -> Iterator[Pin]:
    with closing(Recording(path)) as recording:
        runs = [header.run for header in recording.runs()]
        for run in runs:
            ticks = [(one.tick, one.now_ns) for one in recording.ticks(run)]
            inside = [(tick, at_ns) for tick, at_ns in ticks if from_ns <= at_ns < until_ns]
            if not inside:
                continue
            goes_on = run == runs[-1] and inside[-1] == ticks[-1]
            yield Pin(
                id=0,
                run=run,
                first=inside[0][0],
                last=2**62 if goes_on else inside[-1][0],
                automatic=False,
                title=_TITLE.format(name),
                reason=reason,
                at_ns=inside[0][1],
            )

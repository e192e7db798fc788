"""The newest tick of a recorded run, without reading the run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from kernel.journal.columns import unpack
from kernel.journal.recorder import RecordingDamaged


def last_ns(path: Path, run: str) -> int | None:
    """Return the operational time of the last kept tick of a run; None where none is kept.

    Args:
        path: of the recording.
        run: by name.

    Raises:
        RecordingDamaged: it cannot be read.
    """
    query = "select body from batches where run = ? order by last desc limit 1"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        found = db.execute(query, (run,)).fetchone()
    if found is None:
        return None
    try:
        return unpack(found[0])[-1].now_ns
    except ValueError as error:
        raise RecordingDamaged(f"the last ticks of run {run} are damaged: {error}") from error

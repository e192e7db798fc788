"""R14: the recordings of earlier days and releases are decided again without one difference."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.replay_days import folders, replayed
from tests.reliability.promise import Promise, Tally


def attempt(seed: int, count: int) -> Tally:
    """Decide so many recordings again, those of releases first."""
    rows = [replayed(golden) for golden in sorted(folders(), key=lambda one: one.name, reverse=True)[:count]]
    broken = tuple(
        f"{row['recording']}: {row['differences']} differences, {row['missing']} ticks missing {row['first']}"
        for row in rows
        if row["differences"] or row["missing"]
    )
    return Tally(tried=len(rows), broken=broken, counts={"ticks": float(sum(row["ticks"] for row in rows))})


def control(seed: int) -> Tally:
    """The same with a recording that lacks its last batch of ticks."""
    with tempfile.TemporaryDirectory(prefix="aios-golden-") as name:
        golden = Path(shutil.copytree(max(folders(), key=lambda one: one.name), Path(name) / "golden"))
        with sqlite3.connect(golden / "recorder.db") as db:
            db.execute("delete from batches where id = (select max(id) from batches)")
        db.close()
        row = replayed(golden)
    found = (f"{row['missing']} ticks missing",) if row["missing"] or row["differences"] else ()
    return Tally(tried=1, broken=found)


PROMISE = Promise(
    id="R14",
    claim="Recordings of earlier days and releases are decided again: the same decisions, tick by tick",
    unit="recordings",
    full=len(folders()),
    reduced=1,
    attempt=attempt,
    control=control,
)

"""R5: a full outbox drops the oldest telemetry with a gap record and a counter, and no document, ever.

A gateway appends into an outbox that is far too small for it, a repair order now and then. Two readers take
some of it at random moments: one keeps up more or less, one hardly at all, each with live rows first. Every
row a reader did not get must stand in a gap that it was told of, none may stand there that it got, and every
document must come exactly once. The control drops without a record. Commands and audit never go through the
outbox: they lie in the journal, which refuses new commands when its disk is full (R2, R3).
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog

from drivers.historian import outbox as outbox_module
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.segment import bytes_of, segment_path, segments_in
from tests.reliability.power_cut import memory
from tests.reliability.promise import Promise, Tally
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading

ROWS = 100
QUOTA, SEGMENT = 256 * 1024, 32 * 1024


class Reader:
    """One reader and what it got."""

    def __init__(self, folder: Path, name: str, *, zeal: float) -> None:
        self.zeal = zeal
        self.rows: list[float] = []
        self.documents: list[str] = []
        self.told = 0
        self._reader = OutboxReader(folder, name, most_rows=5 * ROWS)

    def take(self, most: int) -> bool:
        """Take up to so many batches; say whether something was there."""
        for _ in range(most):
            batch = self._reader.next_batch()
            if batch is None:
                return False
            self.rows += [float(block.value[0]) for block in batch.blocks]
            self.documents += [document.id for document in batch.documents]
            self.told += sum(gap.rows for gap in batch.gaps)
            self._reader.done(batch)
        return True

    def wrong(self, appends: int, documents: Sequence[str]) -> Iterator[str]:
        """Say what does not add up."""
        got = len(self.rows) * ROWS
        if got + self.told != appends * ROWS:
            yield f"{got} rows got and {self.told} told as lost, of {appends * ROWS}"
        if len(set(self.rows)) != len(self.rows):
            yield f"{len(self.rows) - len(set(self.rows))} appends came twice"
        if sorted(self.documents) != sorted(documents):
            yield f"{len(self.documents)} documents came, of {len(documents)}"

    def close(self) -> None:
        self._reader.close()


def lived(seed: int, appends: int) -> tuple[list[str], dict[str, float]]:
    """Let one outbox live; return what was wrong."""
    luck, documents = random.Random(seed), []
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        folder = Path(name)
        outbox = Outbox(folder, POINTS, quota_bytes=QUOTA, segment_bytes=SEGMENT, sync_every=1000)
        readers = [Reader(folder, "history", zeal=0.06), Reader(folder, "mqtt", zeal=0.01)]
        for second in range(appends):
            published = [order(second)] if luck.random() < 0.01 else []
            documents += [document.id for document in published]
            outbox.append([reading(second, rows=ROWS)], published)
            for reader in readers:
                if luck.random() < reader.zeal:
                    reader.take(luck.randrange(1, 12))
        taken = sum(bytes_of(folder, segment) for segment in segments_in(folder))
        for reader in readers:
            while reader.take(100):
                pass
        wrong = [f"seed {seed}: {one}" for reader in readers for one in reader.wrong(appends, documents)]
        most = QUOTA + SEGMENT + 4096 * len(documents) + (1 << 20)
        wrong += [f"seed {seed}: {taken} bytes on the disk, of {QUOTA}"] if taken > most else []
        wrong += [f"seed {seed}: nothing was dropped"] if not outbox.dropped_rows else []
        dropped = outbox.dropped_rows
        for part in (outbox, *readers):
            part.close()
    return wrong, {"rows dropped": float(dropped), "documents": float(len(documents))}


def attempt(seed: int, count: int) -> Tally:
    """Append so many times, in lives of a thousand."""
    broken: list[str] = []
    counts: dict[str, float] = {}
    with _quiet():
        for first in range(0, count, 1000):
            wrong, seen = lived(seed + first, min(1000, count - first))
            broken += wrong
            counts = {name: counts.get(name, 0.0) + value for name, value in seen.items()}
    return Tally(tried=count, broken=tuple(broken), counts=counts)


def control(seed: int) -> Tally:
    """Drop without a record."""
    kept = outbox_module.fold_segment
    outbox_module.fold_segment = _forget
    try:
        return attempt(seed, 1000)
    finally:
        outbox_module.fold_segment = kept


def _forget(directory: Path, segment: int, readers: Any) -> int:
    with closing(sqlite3.connect(segment_path(directory, segment), isolation_level=None)) as connection:
        (rows,) = connection.execute("SELECT sum(rows) FROM appends").fetchone()
        connection.execute("UPDATE appends SET rows = 0, blocks = NULL")
        connection.execute("VACUUM")
    return int(rows)


@contextmanager
def _quiet() -> Iterator[None]:
    """Tell of no drop: there are thousands."""
    with structlog.testing.capture_logs():
        yield


PROMISE = Promise(
    id="R5",
    claim="A full outbox drops the oldest telemetry with a gap record and a counter; documents are never "
    "dropped, and nothing is told as lost that was not",
    unit="appends",
    full=50_000,
    reduced=1000,
    attempt=attempt,
    control=control,
    part=5000,
    seed=5,
)

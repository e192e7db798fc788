"""R4: a day without history is on the disk, and goes into it in order: none missing, none double.

So many seconds of 200 values are appended while nobody takes them. Then they drain into SQLite, and the same
again into a real PostgreSQL, while a second is appended now and then, which goes first. The sink is away at
random moments, or stores and loses its answer; the reader is dropped and opened again. The databases are
asked in SQL for every row. The control has a sink that says it has what it has not.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from benchmarks.field_outage.database import EmbeddedDatabase
from benchmarks.field_outage.telemetry import (
    COUNT,
    JUDGE_POSTGRES,
    JUDGE_SQLITE,
    POINTS,
    append_seconds,
    wrong_rows,
)
from drivers.historian.delivery import Delivery, Moved
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.sink import HistorySink, Sink
from drivers.historian.sqlite import SqliteHistorian
from tests.reliability.outbox_witness import Forgetful, Witness
from tests.reliability.promise import Promise, Tally

LEAST_TIMES_REAL = 20.0
LIVE_EVERY = 3
"""Steps of the lane between two seconds that are appended while it drains."""


async def drain(folder: Path, outbox: Outbox, sink: Sink, luck: random.Random, *, seconds: int) -> int:
    """Drain an outbox, with more appended meanwhile; return how many seconds were written."""
    written, steps = seconds, 0
    delivery = Delivery(OutboxReader(folder, sink.name, most_rows=sink.most_rows), sink)
    while await delivery.step() is not Moved.IDLE:
        steps += 1
        if steps % LIVE_EVERY == 0 and written < seconds + max(20, seconds // 100):
            append_seconds(outbox, range(written, written + 1))
            written += 1
        if luck.random() < 0.05:
            delivery._reader.close()  # its process is gone, whatever it had in mind
            delivery = Delivery(OutboxReader(folder, sink.name, most_rows=sink.most_rows), sink)
    delivery._reader.close()
    return written


async def outage(
    folder: Path, archive: Any, seed: int, seconds: int, ask: Callable[[], Any], *, lies: bool = False
) -> tuple[list[str], dict[str, float], dict[str, float]]:
    """Buffer, drain and judge one outage."""
    luck, name = random.Random(seed), type(archive).__name__
    outbox = Outbox(folder / name, POINTS, quota_bytes=4 << 30)
    append_seconds(outbox, range(seconds))
    most_rows = max(1000, min(20_000, seconds * COUNT // 50))
    plain: Sink = HistorySink(archive, most_rows=most_rows)
    sink = Witness(Forgetful(plain) if lies else plain, luck)
    began = time.monotonic()
    with structlog.testing.capture_logs():
        written = await drain(folder / name, outbox, sink, luck, seconds=seconds)
    times_real = seconds / (time.monotonic() - began)
    outbox.close()
    await archive.close()
    wrong = wrong_rows(ask(), written)
    broken = [f"{name}, seed {seed}: {count} rows {what}" for what, count in wrong.items() if count]
    broken += [f"{name}, seed {seed}: {one}" for one in sink.out_of_order[:5]]
    if times_real < LEAST_TIMES_REAL:
        broken.append(f"{name}: drained at {times_real:.1f} x real time")
    if not sink.historical_rows:
        broken.append(f"{name}: nothing was taken as backlog")
    counts = {"rows": written * COUNT, "answers lost": sink.lost_answers, "offers": sink.offers}
    return broken, counts, {f"{name}_s_for_a_day": 86_400 / times_real}


def sqlite_outage(seed: int, seconds: int, *, lies: bool = False) -> Any:
    """Let SQLite be away for so many seconds."""
    import sqlite3

    with tempfile.TemporaryDirectory(prefix="r04-") as name:
        file = Path(name) / "history.sqlite"

        def ask() -> Any:
            connection = sqlite3.connect(file)
            try:
                return connection.execute(JUDGE_SQLITE).fetchone()
            finally:
                connection.close()

        historian = SqliteHistorian(file, POINTS)
        return asyncio.run(outage(Path(name), historian, seed, seconds, ask, lies=lies))


def postgres_outage(seed: int, seconds: int) -> Any:
    """Let PostgreSQL be away for so many seconds."""
    with tempfile.TemporaryDirectory(prefix="r04-") as name, EmbeddedDatabase(Path(name)) as database:
        historian = PostgresHistorian(database.dsn, POINTS)
        return asyncio.run(
            outage(Path(name), historian, seed, seconds, lambda: database.asked(JUDGE_POSTGRES))
        )


def attempt(seed: int, count: int) -> Tally:
    """Buffer so many seconds and drain them into both databases."""
    broken: list[str] = []
    counts: dict[str, float] = {}
    worst: dict[str, float] = {}
    for found in (sqlite_outage(seed, count), postgres_outage(seed, count)):
        broken += found[0]
        counts = {name: counts.get(name, 0) + value for name, value in found[1].items()}
        worst |= found[2]
    return Tally(tried=count, broken=tuple(broken), counts=counts, worst=worst)


def control(seed: int) -> Tally:
    """Drain into a sink that says it has what it has not."""
    broken, counts, worst = sqlite_outage(seed, 300, lies=True)
    missing = tuple(one for one in broken if "missing" in one)
    return Tally(tried=300, broken=missing, counts=counts, worst=worst)


PROMISE = Promise(
    id="R4",
    claim="24 h of lost history at 200 values/s is buffered and replayed in order: none missing, none "
    "double, at least 20 x real time, live data first; into SQLite and PostgreSQL",
    unit="seconds of outage",
    full=86_400,
    reduced=300,
    attempt=attempt,
    control=control,
    alone=True,
    seed=4,
)

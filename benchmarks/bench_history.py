"""What PostgreSQL takes: rows a second into the indexed table, one commit a second of telemetry.

    python -m benchmarks.bench_history [--quick]

200 000 values a second (1000 points, 200 times) go through `PostgresHistorian.store`, as a batch of the
outbox does: sorted, made unique, binary COPY, commit. The same again, which must change nothing, goes by way
of the upsert. Beside it, into a table with the same primary key: a bare psycopg binary COPY of bytes that
were made before, and psycopg's executemany. Real time of the best and the median batch; the machine's other
work is in it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import psycopg

from benchmarks.field_outage.database import EmbeddedDatabase
from benchmarks.field_outage.telemetry import START_S
from benchmarks.results import write
from drivers.historian.batch import Batch, batch_of, columns_of
from drivers.historian.copy_binary import copy_body
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.rows import Rows, flatten
from kernel.measurement import Block
from kernel.point import NANOSECONDS, Point

T = TypeVar("T")
POINTS: Final = tuple(Point(name=f"f{nth}/active_power", unit="kW") for nth in range(1000))
TIMES: Final = 200
"""Values of each point in a second."""
ROWS: Final = len(POINTS) * TIMES
SECONDS: Final = 40
QUICK_SECONDS: Final = 5
FEW: Final = 10_000
"""Rows of a batch of executemany, which is slower."""
COMMAND: Final = "python -m benchmarks.bench_history"
_TABLE: Final = "CREATE TABLE {} (LIKE measurements INCLUDING ALL)"
_COPY: Final = "COPY bare (point, at, value, quality, available_at) FROM STDIN (FORMAT BINARY)"
_INSERT: Final = (
    "INSERT INTO many VALUES (%s, timestamptz 'epoch' + %s * interval '1 microsecond', %s, %s, now())"
)


def batches(seconds: int) -> Iterator[Batch]:
    """Yield one second of telemetry after another."""
    random = np.random.default_rng(4)
    index, good = np.arange(len(POINTS), dtype=np.int32), np.zeros(len(POINTS), dtype=np.uint16)
    for second in range(seconds):
        blocks = []
        for nth in range(TIMES):
            at = (START_S + second) * NANOSECONDS + nth * (NANOSECONDS // TIMES)
            at_ns = np.full(len(POINTS), at, dtype=np.int64)
            value = random.normal(100.0, 5.0, len(POINTS))
            block = Block(index=index, value=value, quality=good, at_ns=at_ns, available_at_ns=at_ns)
            blocks.append(block)
        yield batch_of(columns_of(POINTS), blocks)


async def timed(work: Callable[[T], Awaitable[None]], pieces: Iterable[T]) -> list[float]:
    """Return the real time of the work on each piece, s."""
    took = []
    for piece in pieces:
        began = time.perf_counter()
        await work(piece)
        took.append(time.perf_counter() - began)
    return took


async def measure(dsn: str, seconds: int) -> dict[str, tuple[int, list[float]]]:
    """Measure each way; by name: rows of a batch, and the real time of each batch."""
    historian = PostgresHistorian(dsn, POINTS, deadline_s=60.0)
    again = min(seconds, 10)
    found = {"store": (ROWS, await timed(historian.store, batches(seconds)))}
    found["store_again"] = (ROWS, await timed(historian.store, batches(again)))
    await historian.close()
    ids = np.arange(1, len(POINTS) + 1, dtype=np.int32)
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    for name in ("bare", "many"):
        await connection.execute(_TABLE.format(name).encode())
    bodies = (copy_body(flatten(batch.blocks, ids)) for batch in batches(again))
    found["bare_copy"] = (ROWS, await timed(partial(bare, connection), bodies))
    few = (head(flatten(batch.blocks, ids)) for batch in batches(min(seconds, 5)))
    found["executemany"] = (FEW, await timed(partial(many, connection), few))
    await connection.close()
    return found


async def bare(connection: psycopg.AsyncConnection[Any], body: bytes) -> None:
    """Send bytes that are ready by one COPY, in a transaction of its own."""
    async with connection.transaction(), connection.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
        await copy.write(body)


async def many(connection: psycopg.AsyncConnection[Any], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows by executemany, in a transaction of their own."""
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(_INSERT, rows)


def head(rows: Rows) -> list[tuple[Any, ...]]:
    """Return the first rows as Python values."""
    columns = (rows.point, rows.at_ns // 1000, rows.value, rows.quality)
    return list(zip(*(column[:FEW].tolist() for column in columns), strict=True))


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS} s instead of {SECONDS}")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="history-") as name, EmbeddedDatabase(Path(name)) as database:
        found = asyncio.run(measure(database.dsn, QUICK_SECONDS if quick else SECONDS))
        (stored,) = database.asked("SELECT count(*) FROM measurements")
    rate = {name: rows / statistics.median(took) for name, (rows, took) in found.items()}
    for name, (rows, took) in found.items():
        print(f"{name:12s} {rate[name]:9.0f} rows/s (best batch {rows / min(took):.0f})")
    expected = ROWS * (QUICK_SECONDS if quick else SECONDS)
    if stored != expected:
        print(f"{stored} rows are there, not {expected}")
        return 1
    names = {"store": "field.history_rows_per_second"}
    table = [
        {
            "name": names.get(name, f"field.history_{name}_rows_per_second"),
            "value": rate[name],
            "unit": "1/s",
            "baseline": rate["bare_copy"],
            "ratio": rate[name] / rate["bare_copy"],
            "count": rows * len(took),
            "seconds": sum(took),
            "command": COMMAND,
        }
        for name, (rows, took) in found.items()
    ]
    if not quick:
        write("history", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

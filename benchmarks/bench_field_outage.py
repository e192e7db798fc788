"""A day of outage, written into PostgreSQL afterwards: nothing missing, nothing double, live data first.

    python -m benchmarks.bench_field_outage [--quick]

24 h at 200 values a second wait in the outbox when the database returns. From then on one more second of
telemetry is appended each real second, and a reader of the database notes when it sees it. While the backlog
drains the historian is killed with SIGKILL and started again, and the database is crashed and started again.
At the end the database is asked, in SQL, for every row. `--quick` takes a fiftieth and writes no results.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.field_outage.database import EmbeddedDatabase
from benchmarks.field_outage.live import LiveGateway
from benchmarks.field_outage.telemetry import COUNT, JUDGE_POSTGRES, POINTS, append_seconds, wrong_rows
from benchmarks.results import write
from drivers.historian.backlog import Counter
from drivers.historian.cursor import all_taken
from drivers.historian.outbox import Outbox
from drivers.historian.taken import Taken

DAY_S: Final = 86_400
QUICK_S: Final = DAY_S // 50
NORMAL_S: Final = 20
"""Seconds of telemetry before the outage."""
LONGEST_S: Final = 600.0
COMMAND: Final = "python -m benchmarks.bench_field_outage"


def historian(folder: Path, dsn: str) -> subprocess.Popen[bytes]:
    """Start a historian process."""
    module = "benchmarks.field_outage.historian"
    with (folder / "historian.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(folder / "outbox"), dsn], stdout=log, stderr=log
        )


class Outage:
    """One outage: what happens, in order."""

    def __init__(self, folder: Path, database: EmbeddedDatabase) -> None:
        """Begin in good order."""
        self.folder, self.database = folder, database
        self.outbox = Outbox(folder / "outbox", POINTS, quota_bytes=4 << 30)
        self.counter = Counter(folder / "outbox")
        self.process = historian(folder, database.dsn)
        self.disturbed: list[tuple[float, float]] = []
        self.recovered_s: dict[str, float] = {}

    def waiting(self) -> int:
        """Return the rows that the history has not got."""
        return self.counter.behind((all_taken(self.folder / "outbox") or [Taken()])[0]).rows

    def until(self, rows: int, longest_s: float = LONGEST_S) -> None:
        """Wait until no more rows than these are waiting.

        Raises:
            TimeoutError: it takes longer than it may.
        """
        end = time.monotonic() + longest_s
        while self.waiting() > rows:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.waiting()} rows still wait")
            time.sleep(0.1)

    def break_down(self, seconds: int) -> None:
        """Run in order for a while; then the database goes, and a day is measured without it."""
        append_seconds(self.outbox, range(NORMAL_S))
        self.until(0, 60.0)
        self.database.stop()
        append_seconds(self.outbox, range(NORMAL_S, NORMAL_S + seconds))

    def kill_historian(self, live: LiveGateway) -> None:
        """Kill the historian with SIGKILL and start another."""
        began = time.monotonic()
        self.process.kill()
        self.process.wait()
        self.process = historian(self.folder, self.database.dsn)
        self.back(live, began, "historian")

    def crash_database(self, live: LiveGateway) -> None:
        """Crash the database and start it again."""
        began = time.monotonic()
        self.database.stop(how="immediate")
        self.database.start()
        self.back(live, began, "database")

    def back(self, live: LiveGateway, began: float, what: str) -> None:
        """Wait until something that was appended after now is in the database."""
        up, second = time.monotonic(), live.next
        while second not in live.seen and time.monotonic() < up + 60.0:
            time.sleep(0.02)
        self.recovered_s[what] = time.monotonic() - up
        self.disturbed.append((began, time.monotonic()))

    def close(self) -> None:
        """End the historian and the writer."""
        self.process.kill()
        self.process.wait()
        self.outbox.close()


def measure(folder: Path, database: EmbeddedDatabase, seconds: int) -> list[dict[str, Any]]:
    """Let a database be away for so many seconds of telemetry, and see it catch up."""
    outage = Outage(folder, database)
    try:
        began = time.monotonic()
        outage.break_down(seconds)
        buffered_s = time.monotonic() - began
        live = LiveGateway(outage.outbox, database.dsn, first=NORMAL_S + seconds)
        database.start()
        live.start()
        began = time.monotonic()
        outage.back(live, began, "outage")
        outage.until(seconds * COUNT * 2 // 3)
        outage.kill_historian(live)
        outage.until(seconds * COUNT // 3)
        outage.crash_database(live)
        outage.until(COUNT * 2)
        drained_s = time.monotonic() - began
        live.stop()
        outage.until(0, 60.0)
        counted = database.asked(JUDGE_POSTGRES)
    finally:
        outage.close()
    took = live.latencies_s(outage.disturbed)
    wrong = wrong_rows(counted, live.next)
    return rows_of(wrong, seconds, buffered_s, drained_s, took, outage.recovered_s, live.next)


def rows_of(
    wrong: dict[str, int],
    seconds: int,
    buffered_s: float,
    drained_s: float,
    took: list[float],
    recovered_s: dict[str, float],
    written: int,
) -> list[dict[str, Any]]:
    """Print what was found and return it as rows of the results."""
    print(f"{written * COUNT} rows written, {wrong}; appended in {buffered_s:.0f} s")
    print(f"drained in {drained_s:.0f} s: {seconds / drained_s:.0f} x real time; recovered {recovered_s}")
    ranked = sorted(took) or [float("nan")]
    p99 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]
    print(
        f"live rows while draining: p50 {statistics.median(ranked):.3f} s, p99 {p99:.3f} s, n {len(ranked)}"
    )
    common = {"seconds": drained_s, "command": COMMAND}
    return [
        {
            "name": "field.outage_rows_missing_or_double",
            "value": float(sum(wrong.values())),
            "unit": "rows",
            "count": written * COUNT,
            **common,
        },
        {
            "name": "field.outage_drain_times_real_time",
            "value": seconds / drained_s,
            "unit": "1",
            "count": seconds * COUNT,
            **common,
        },
        *(
            {"name": f"field.outage_live_{name}_s", "value": value, "unit": "s", "count": len(took), **common}
            for name, value in (("p50", statistics.median(ranked)), ("p99", p99), ("max", ranked[-1]))
        ),
        *(
            {"name": f"field.outage_recovery_{what}_s", "value": value, "unit": "s", "count": 1, **common}
            for what, value in recovered_s.items()
        ),
    ]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_S} s of outage instead of {DAY_S}")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="outage-") as name, EmbeddedDatabase(Path(name)) as database:
        table = measure(Path(name), database, QUICK_S if quick else DAY_S)
    if not quick:
        write("field_outage", table)
    return 0 if table[0]["value"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

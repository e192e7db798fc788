"""The demo as a newcomer runs it: how long it takes, what it shows, and whether its day can be replayed.

    python -m benchmarks.bench_demo [--quick]

Runs `aios demo --headless --json` and then `aios replay --json` in a fresh folder, each as a process of its
own. The demo's day takes a minute by its clock, whatever the machine: `--quick` only writes no results.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.results import write

COMMAND: Final = "python -m benchmarks.bench_demo"
TIMEOUT_S: Final = 300.0


class DemoBroken(RuntimeError):
    """A command of the demo failed; the message has its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one run of the demo gave."""

    seconds: float
    """Real time of the whole command, s."""
    text: str
    """What it printed for people."""
    summary: dict[str, Any]
    replay: dict[str, Any]


def run_demo(folder: Path) -> Day:
    """Run the demo in a folder and replay its journal.

    Raises:
        DemoBroken: the demo did not tell its stories, or the replay found no recording.
    """
    began = time.monotonic()
    printed = aios_says("demo", "--headless", "--json", "--folder", str(folder / "demo"), cwd=folder)
    seconds = time.monotonic() - began
    text, _, summary = printed.rpartition("\n{\n")
    again = aios_says("replay", "--json", "--folder", str(folder / "demo"), cwd=folder, codes=(0, 1))
    return Day(seconds=seconds, text=text, summary=json.loads("{" + summary), replay=json.loads(again))


def aios_says(*arguments: str, cwd: Path, codes: tuple[int, ...] = (0,)) -> str:
    """Run a command of `aios` and return what it prints.

    Raises:
        DemoBroken: its exit code is not one of `codes`.
    """
    done = subprocess.run(
        [sys.executable, "-m", "aios", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode not in codes:
        raise DemoBroken(
            f"aios {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def rows(day: Day) -> list[dict[str, object]]:
    """Return the figures of a day."""
    decision, ticks = day.summary["decision"], day.replay["ticks"]
    without, limited = day.summary["peak_without_kw"], day.summary["peak_with_kw"]
    figures: list[tuple[str, float, str, float | None, int]] = [
        ("demo.headless_seconds", day.seconds, "s", None, 1),
        ("demo.replay_differences", float(len(day.replay["differences"])), "1", None, ticks),
        *(
            (f"demo.decision_latency_{name}", decision[f"{name}_ms"], "ms", None, decision["runs"])
            for name in ("p50", "p95", "p99", "max")
        ),
        ("demo.peak_with_control", limited, "kW", without, 1),
        ("demo.peak_without_control", without, "kW", None, 1),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "baseline": baseline,
            "ratio": None if baseline is None else value / baseline,
            "count": count,
            "seconds": day.seconds,
            "seed": 7,
            "command": COMMAND,
        }
        for name, value, unit, baseline, count in figures
    ]


def main() -> int:
    """Run, print and write; return 1 where the replay differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the same day, but no results are written")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="aios-demo-") as folder:
        day = run_demo(Path(folder))
    print(day.text)
    for row in (figures := rows(day)):
        print(f"{row['name']:32s} {row['value']:10.3f} {row['unit']}")
    if not quick:
        write("demo", figures)
    return 1 if day.replay["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())

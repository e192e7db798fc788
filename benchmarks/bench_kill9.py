"""Commands lost or executed twice when the gateway is killed at random moments.

    python -m benchmarks.bench_kill9 [--quick] [--seed 9]

A gateway on real sockets writes set-points (the inverter has a sequence register) and pulses (the breaker
only counts them) without pause; SIGKILL ends it, and it starts again on the same folder. At the end the
devices are asked. `--quick` kills 20 times instead of 200 and writes no results.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.kill9.run import Report, kill_and_judge
from benchmarks.results import write

KILLS: Final = 200
QUICK_KILLS: Final = 20
COMMAND: Final = "python -m benchmarks.bench_kill9"


def rows(report: Report, *, seed: int) -> list[dict[str, object]]:
    """Return the figures of a run."""
    figures = {
        "demo.kill9_lost_or_twice": float(len(report.violations)),
        "kill9.commands": float(sum(report.outcomes.values())),
        "kill9.open_at_a_kill": float(report.left_open),
        **{f"kill9.{name.replace(' ', '_')}": float(count) for name, count in report.outcomes.items()},
    }
    return [
        {
            "name": name,
            "value": value,
            "unit": "1",
            "count": report.kills,
            "seconds": report.seconds,
            "seed": seed,
            "command": COMMAND,
        }
        for name, value in figures.items()
    ]


def main() -> int:
    """Run, print and write; return 1 where a command was lost or executed twice."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_KILLS} kills instead of {KILLS}")
    parser.add_argument("--seed", type=int, default=9, help="of the moments at which it is killed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aios-kill9-") as folder:
        kills = QUICK_KILLS if chosen.quick else KILLS
        report = kill_and_judge(Path(folder), kills=kills, seed=chosen.seed)
    for violation in report.violations:
        print(violation)
    print(f"{report.kills} kills in {report.seconds:.0f} s, {report.left_open} commands open at a kill")
    print(", ".join(f"{count} {name}" for name, count in report.outcomes.items()))
    print(f"lost or executed twice: {len(report.violations)}")
    if not chosen.quick:
        write("kill9", rows(report, seed=chosen.seed))
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())

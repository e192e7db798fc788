"""How often what acts by itself is wrong, and how often people are asked, where one in ten may be wrong.

    python -m benchmarks.bench_confidence [--quick] [--json]

Seven kinds of makers, steady and drifting (`confidence_streams.py`), each with seeded streams of 1000
outcomes: fifty of each, with `--quick` five, and no results are written.
"""

from __future__ import annotations

import argparse
import json
import sys
from time import perf_counter
from typing import Any, Final

from benchmarks.confidence_streams import STREAMS, followed
from benchmarks.results import write

COMMAND: Final = "python -m benchmarks.bench_confidence"
OUTCOMES: Final = 1_000
SEEDS: Final = 50
QUICK: Final = 5


def rows(seeds: int) -> list[dict[str, Any]]:
    """Follow all streams; for each what was wrong of what acted, and what was asked about, as shares."""
    made: list[dict[str, Any]] = []
    for name, source in STREAMS.items():
        began = perf_counter()
        runs = [followed(source, seed, OUTCOMES) for seed in range(seeds)]
        acted, total = sum(run.acted for run in runs), seeds * OUTCOMES
        common = {"unit": "1", "seconds": perf_counter() - began, "seed": 0, "command": COMMAND}
        wrong = sum(run.wrong for run in runs) / acted if acted else 0.0
        made.append({"name": f"confidence.wrong_of_acted.{name}", "value": wrong, "count": acted} | common)
        asked = sum(run.asked for run in runs) / total
        made.append({"name": f"confidence.asked.{name}", "value": asked, "count": total} | common)
    return made


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Run, print, write the rows to `results/confidence.json`, and return them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="five streams of each kind instead of fifty")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON instead of the table")
    chosen = parser.parse_args(arguments)
    results = rows(QUICK if chosen.quick else SEEDS)
    if chosen.json:
        print(json.dumps(results, indent=2))
    else:
        for row in results:
            print(f"{row['name']:40s} {row['value']:6.3f} of {row['count']}")
    if not chosen.quick:
        write("confidence", results)
    return results


if __name__ == "__main__":
    main(sys.argv[1:])

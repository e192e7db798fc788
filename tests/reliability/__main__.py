"""Every promise at full count.

    python -m tests.reliability [--only R2,R13] [--count N] [--seed N] [--reduced] [--list]

Without --count and --reduced the results are written: `benchmarks/results/reliability.json` and the table of
`docs/reliability.md`. Exit code 1 where a promise was broken, or where its judges did not see sabotage.
"""

from __future__ import annotations

import argparse
import sys

from tests.reliability.promise import Promise
from tests.reliability.promises import promises
from tests.reliability.report import DOCUMENT, document, keep, stored
from tests.reliability.run import Verdict, cores, hold

SHOWN = 20
"""Violations of one promise that are printed."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print and write."""
    chosen = _parser().parse_args(arguments)
    every = promises()
    wanted = set(chosen.only.upper().split(",")) if chosen.only else {promise.id for promise in every}
    if unknown := wanted - {promise.id for promise in every}:
        print(f"no such promise: {', '.join(sorted(unknown))}; --list shows them", file=sys.stderr)
        return 2
    if chosen.list:
        for promise in every:
            print(f"{promise.id:4} {promise.full:>6} {promise.unit:24} {promise.claim}")
        return 0
    verdicts = [_run(promise, chosen) for promise in every if promise.id in wanted]
    if not (chosen.count or chosen.reduced):
        keep(every, verdicts)
        text = document(DOCUMENT.read_text(encoding="utf-8"), every, stored())
        DOCUMENT.write_text(text, encoding="utf-8")
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def _run(promise: Promise, chosen: argparse.Namespace) -> Verdict:
    count = chosen.count or (promise.reduced if chosen.reduced else promise.full)
    seed = promise.seed if chosen.seed is None else chosen.seed
    print(f"{promise.id}: {promise.claim}", flush=True)
    verdict = hold(promise, count=count, seed=seed, progress=_progress, processes=chosen.processes)
    for one in verdict.tally.broken[:SHOWN]:
        print(f"  BROKEN {one}")
    if verdict.control == 0:
        print("  BLIND: nothing was found broken in what was sabotaged")
    seen = {**verdict.tally.counts, **{f"worst {name}": v for name, v in verdict.tally.worst.items()}}
    print("  " + ", ".join(f"{name} {value:g}" for name, value in seen.items()))
    print(
        f"  {verdict.tally.tried} {promise.unit}, {verdict.violations} violations, {verdict.seconds:.0f} s",
        flush=True,
    )
    return verdict


def _progress(promise: str, tried: int, count: int, seconds: float) -> None:
    left_s = seconds / max(tried, 1) * (count - tried)
    end = "\n" if tried >= count else ""
    print(f"\r  {promise} {tried}/{count}, {seconds:.0f} s, {left_s:.0f} s left   ", end=end, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability", description="Every promise at full count."
    )
    parser.add_argument("--only", default="", help="promises by id, with commas: R2,R13")
    parser.add_argument(
        "--count", type=int, default=0, help="attempts instead of the full count; writes nothing"
    )
    parser.add_argument("--reduced", action="store_true", help="the counts of make test; writes nothing")
    parser.add_argument("--seed", type=int, default=None, help="first seed instead of the promise's own")
    parser.add_argument("--processes", type=int, default=cores(), help="parts beside each other")
    parser.add_argument("--list", action="store_true", help="tell what is promised")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""R1: a gateway that is killed at any moment loses no command and executes none twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.kill9.run import kill_and_judge
from tests.reliability.promise import Promise, Tally


def attempt(seed: int, count: int) -> Tally:
    """Kill a gateway on real sockets `count` times."""
    return _kill(seed, count, "")


def control(seed: int) -> Tally:
    """Kill a gateway that sends open commands again after a start."""
    return _kill(seed, 8, "sends_again")


def _kill(seed: int, count: int, sabotage: str) -> Tally:
    with tempfile.TemporaryDirectory(prefix="aios-kill9-") as folder:
        report = kill_and_judge(Path(folder), kills=count, seed=seed, sabotage=sabotage)
    broken = tuple(f"seed {seed}: {one}" for one in report.violations)
    counts = {"commands": float(sum(report.outcomes.values())), "open_at_a_kill": float(report.left_open)}
    return Tally(tried=count, broken=broken, counts=counts)


PROMISE = Promise(
    id="R1",
    claim="A gateway killed with SIGKILL at any moment loses no acknowledged command and executes none twice",
    unit="kills",
    full=200,
    reduced=6,
    attempt=attempt,
    control=control,
    seed=11,
)

"""R1: a gateway that is killed at any moment loses no command and executes none twice."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.reliability.fork_harness import Field
from tests.reliability.promise import Promise, Tally, together

SABOTAGE = ("sends_again", "journals_late")
CONTROL = 60
"""Kills of each sabotaged gateway."""


def attempt(seed: int, count: int) -> Tally:
    """Kill gateways on one folder and one field, then let a last one settle, and judge."""
    return _kill(seed, count, "")


def control(seed: int) -> Tally:
    """The same with gateways that send open commands again, and with such that write before they journal."""
    tallies = [_kill(seed, CONTROL, sabotage) for sabotage in SABOTAGE]
    if not all(tally.broken for tally in tallies):
        return Tally(tried=CONTROL)  # one that is not seen is one too many
    return together(tallies)


def _kill(seed: int, count: int, sabotage: str) -> Tally:
    with tempfile.TemporaryDirectory(prefix="aios-fork-") as folder:
        field = Field(folder=Path(folder), dice=random.Random(seed), sabotage=sabotage)
        for _ in range(count):
            field.kill_once()
        field.settle()
        violations, record = field.violations()
    ended = [end.outcome.value for ends in record.receipts.values() for end in ends]
    counts = {"commands": float(len(record.commands)), "open_at_a_kill": float(len(record.left_open))}
    for outcome in sorted(set(ended)):
        counts[f"ended_{outcome}"] = float(ended.count(outcome))
    again = f"python -m tests.reliability --only R1 --seed {seed} --count {count}"
    return Tally(tried=count, broken=tuple(f"{one} ({again})" for one in violations), counts=counts)


PROMISE = Promise(
    id="R1",
    claim="A gateway killed with SIGKILL at any moment loses no acknowledged command and executes none twice",
    unit="kills",
    full=10_000,
    reduced=150,
    attempt=attempt,
    control=control,
    part=250,
    goal="reliability.kill9_lost_or_twice",
    seed=11,
)

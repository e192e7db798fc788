"""Agents again: those of worker processes step again over the views they had, and must give what they gave.

A replay of the pipe takes their results as inputs and is exact everywhere. This goes further: every agent
begins from the past as of the start of the run, sees each recorded view, and its result is compared with the
recorded one. It is exact on the same lock file and CPU family; elsewhere numbers differ in their last bits,
and the distance is told in units in the last place (ulp).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np

from aios.replay.what_if import as_recorded
from kernel.journal.encoding import TickRecord
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import WorkerStep
from kernel.ports import Past
from kernel.shell.worker import Bench


class AgentAgain(msgspec.Struct, frozen=True, kw_only=True):
    """How one agent did when it stepped again."""

    agent: str
    steps: int
    exact: int
    """Steps that gave the same to the bit."""
    near: int
    """Steps of which only numbers differ."""
    other: int
    """Steps that gave something else: another shape, rung, text."""
    worst_ulp: float
    """Largest distance of two numbers."""
    first_tick: int
    """First tick whose result differs; -1 where none does."""


async def agents_again(
    pipe: Pipe, state: PipeState, records: Iterable[TickRecord], *, past: Past
) -> tuple[AgentAgain, ...]:
    """Step every agent of a worker again over a run that is recorded from its start.

    Args:
        pipe: of the run.
        state: the one the run began with.
        records: its ticks.
        past: the history as of its start.
    """
    crew = {loop.name: loop.agent for loop in pipe.loops if loop.in_worker}
    bench, given = Bench(crew, past), dict[tuple[str, int], WorkerStep]()
    tallies = {name: _Tally(name) for name in sorted(crew)}
    async for inputs, _, was, _ in as_recorded(pipe, state, records):
        for step in inputs.steps:
            again = given.pop((step.agent, step.made_at_ns), None)
            if again is not None:
                tallies[step.agent].add(inputs.tick, step, again)
        for job in was.jobs:
            given[job.agent, job.view.now_ns] = bench.work(job.agent, job.view)
    return tuple(tally.report() for tally in tallies.values())


class _Tally:
    """Counts of one agent."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        self.exact = self.near = self.other = 0
        self.worst = 0.0
        self.first = -1

    def add(self, tick: int, was: WorkerStep, again: WorkerStep) -> None:
        if was == again:
            self.exact += 1
            return
        self.first = tick if self.first < 0 else self.first
        distance = ulps(was, again)
        if distance is None:
            self.other += 1
            return
        self.near += 1
        self.worst = max(self.worst, distance)

    def report(self) -> AgentAgain:
        return AgentAgain(
            agent=self.agent,
            steps=self.exact + self.near + self.other,
            exact=self.exact,
            near=self.near,
            other=self.other,
            worst_ulp=self.worst,
            first_tick=self.first,
        )


def ulps(was: Any, now: Any) -> float | None:
    """Return the largest distance of the numbers in two values; None where anything else differs.

    >>> import math
    >>> ulps((1.0, "a"), (math.nextafter(1.0, 2.0), "a"))
    1.0
    >>> ulps((1.0, "a"), (1.0, "b")) is None
    True
    """
    one, other = list(_leaves(msgspec.to_builtins(was))), list(_leaves(msgspec.to_builtins(now)))
    if len(one) != len(other):
        return None
    worst = 0.0
    for a, b in zip(one, other, strict=True):
        if a == b:
            continue
        if not (isinstance(a, float) and isinstance(b, float) and math.isfinite(a) and math.isfinite(b)):
            return None
        worst = max(worst, abs(a - b) / float(np.spacing(max(abs(a), abs(b)))))
    return worst


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name in sorted(value):
            yield name
            yield from _leaves(value[name])
    elif isinstance(value, list | tuple):
        yield len(value)
        for one in value:
            yield from _leaves(one)
    else:
        yield value

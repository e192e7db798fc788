"""Worker processes in a simulation: they take their time, crash, and hang."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from aios.testing.injected import Faults, Kind
from kernel.pipe.tick import Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.ports import Clock, Past
from kernel.shell.worker import Bench, Crew

WORKS_S: Final = (0.2, 3.0)
"""Shortest and longest work of a step, seconds."""
ALLOWED_S: Final = 30.0
"""A step that takes longer is given up, and its agents start again, seconds."""


class SimulatedWorkers:
    """One worker process: what it was at is lost when it crashes, and its agents start again."""

    def __init__(self, crew: Callable[[], Crew], past: Past, clock: Clock, faults: Faults, seed: str) -> None:
        """Start the agents that `crew` makes."""
        self._crew = crew
        self._past = past
        self._clock = clock
        self._faults = faults
        self._dice = random.Random(f"workers {seed}")
        self._bench = Bench(crew(), past)
        self._given: dict[str, tuple[Job, int, int]] = {}
        self._crashes: set[float] = set()

    def submit(self, job: Job, on_done: Callable[[], None] = lambda: None) -> None:
        """Take a job, unless its agent is at one."""
        if job.agent not in self._given:
            now_ns = self._clock.now_ns()
            done_ns = now_ns + round(self._dice.uniform(*WORKS_S) * NANOSECONDS)
            self._given[job.agent] = job, now_ns, done_ns
            on_done()

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return what is finished by now; after a crash, what was lost."""
        crash = self._faults.acting(Kind.WORKER_CRASH)
        if crash is not None and crash.onset_s not in self._crashes:
            self._crashes.add(crash.onset_s)
            return self._lose("worker process gave no result: BrokenProcessPool")
        now_ns = self._clock.now_ns()
        if any(now_ns - given_ns > ALLOWED_S * NANOSECONDS for _, given_ns, _ in self._given.values()):
            return self._lose(f"overdue: no result within {ALLOWED_S:g} s")
        if self._faults.acting(Kind.WORKER_HANG) is not None:
            return ()
        done = [job for job, _, done_ns in self._given.values() if done_ns <= now_ns]
        for job in done:
            del self._given[job.agent]
        return tuple(self._bench.work(job.agent, job.view) for job in done)

    def _lose(self, why: str) -> tuple[WorkerStep, ...]:
        """End the process: every agent that was at a job stands on `safe`; a new process starts."""
        lost, self._given = [job for job, _, _ in self._given.values()], {}
        self._bench = Bench(self._crew(), self._past)
        return tuple(
            WorkerStep(agent=job.agent, made_at_ns=job.view.now_ns, rung="safe", why_rung=why) for job in lost
        )

    def restart(self, agent: str) -> None:
        """Let an agent begin anew."""
        self._bench.restart(agent)

    def close(self) -> None:
        """Forget what is not finished."""
        self._given.clear()

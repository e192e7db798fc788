"""Workers: where agents of the slow classes run, off the tick.

Results carry the time of the view they looked at. Under the virtual clock the work is done inline and its
result arrives after a declared cost, so that a run repeats bit for bit.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

import structlog

from kernel.admission import attempt
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Clock, Past
from kernel.tick import Job, WorkerStep

log = structlog.get_logger()

Crew = Mapping[str, Agent]
"""Agents by name."""
Build = Callable[[], tuple[Crew, Past]]
"""Makes the agents inside the process that runs them; must be importable by name."""


class Workers(Protocol):
    """Takes jobs, gives steps back later."""

    def submit(self, job: Job) -> None:
        """Take a job; an agent that is still busy is not given a second one."""
        ...

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that have been finished since the last call, in order of submission."""
        ...

    def close(self) -> None:
        """End all work."""
        ...


class Bench:
    """The agents of one worker with their states."""

    def __init__(self, crew: Crew, past: Past) -> None:
        """Start every agent from the past."""
        self._crew = crew
        self._states: dict[str, Any] = {name: agent.start(past) for name, agent in crew.items()}

    def work(self, agent: str, view: View) -> WorkerStep:
        """Step one agent; a failure is a step onto the rung `safe`, with its reason."""
        step = attempt(self._crew[agent], view, self._states[agent])
        self._states[agent] = step.state
        return WorkerStep(
            agent=agent,
            made_at_ns=view.now_ns,
            proposals=step.proposals,
            published=step.published,
            calculated=step.calculated,
            rung=step.rung,
            why_rung=step.why_rung,
        )


class InlineWorkers:
    """Works at once and delivers after a declared cost: the virtual clock's workers."""

    def __init__(self, crew: Crew, past: Past, clock: Clock, *, cost_s: float = 0.5) -> None:
        """Run agents inline.

        Args:
            crew: the agents.
            past: what they start from.
            clock: whose time decides when a result has arrived.
            cost_s: operational seconds that every step is declared to take.
        """
        self._bench = Bench(crew, past)
        self._clock = clock
        self._cost_ns = round(cost_s * NANOSECONDS)
        self._done: list[tuple[int, WorkerStep]] = []

    def submit(self, job: Job) -> None:
        """Do the job now, unless its agent is still busy; the result arrives later."""
        if any(step.agent == job.agent for _, step in self._done):
            return
        step = self._bench.work(job.agent, job.view)
        self._done.append((self._clock.now_ns() + self._cost_ns, step))

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return what has arrived by now."""
        now_ns = self._clock.now_ns()
        arrived = tuple(step for at_ns, step in self._done if at_ns <= now_ns)
        self._done = [(at_ns, step) for at_ns, step in self._done if at_ns > now_ns]
        return arrived

    def close(self) -> None:
        """Forget what has not arrived."""
        self._done.clear()


_bench: Bench | None = None
"""The bench of this worker process."""


def _man(build: Build) -> None:
    global _bench  # noqa: PLW0603 - a worker process has exactly one bench
    _bench = Bench(*build())


def _work(agent: str, view: View) -> WorkerStep:
    assert _bench is not None  # noqa: S101 - the initializer has run
    return _bench.work(agent, view)


def _ready() -> bool:
    return _bench is not None


def _result(job: Job, future: concurrent.futures.Future[WorkerStep]) -> WorkerStep:
    """Return what a job gave; where its process died, a step onto the rung `safe`."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - a dead process, or a step that cannot travel: the tick goes on
        why = f"worker process gave no result: {type(error).__name__}"
        return WorkerStep(agent=job.agent, made_at_ns=job.view.now_ns, rung="safe", why_rung=why)


class ProcessWorkers:
    """Works in a process of its own: long computation never delays the tick.

    A process that dies takes down nothing but the steps it was at: their agents stand on the rung `safe`, and
    the next job finds a new process whose agents have started from the past again.
    """

    def __init__(self, build: Build) -> None:
        """Start the process; `wait_ready` tells when its agents have started."""
        self._build = build
        self._pool = self._new_pool()
        self._first = self._pool.submit(_ready)
        self._running: dict[str, tuple[Job, concurrent.futures.Future[WorkerStep]]] = {}

    def _new_pool(self) -> concurrent.futures.ProcessPoolExecutor:
        return concurrent.futures.ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_man,
            initargs=(self._build,),
        )

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return when every agent of the process has started.

        Raises:
            TimeoutError: it took longer than `timeout_s` real seconds.
        """
        self._first.result(timeout=timeout_s)

    def submit(self, job: Job) -> None:
        """Give an agent its job, unless it is still at the one before."""
        if job.agent not in self._running:
            self._running[job.agent] = (job, self._start(job))

    def _start(self, job: Job) -> concurrent.futures.Future[WorkerStep]:
        """Hand a job to the process; one that died is replaced."""
        try:
            return self._pool.submit(_work, job.agent, job.view)
        except BrokenProcessPool:
            log.warning("worker process died; a new one starts", agent=job.agent)
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            return self._pool.submit(_work, job.agent, job.view)

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that are finished."""
        done = [agent for agent, (_, future) in self._running.items() if future.done()]
        return tuple(_result(*self._running.pop(agent)) for agent in done)

    def close(self) -> None:
        """End the process without waiting for its work."""
        self._pool.shutdown(wait=False, cancel_futures=True)

"""Workers: where agents of the slow classes run, off the tick.

Results carry the time of the view they looked at. Under the virtual clock the work is done inline and its
result arrives after a declared cost, so that a run repeats bit for bit.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

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
        try:
            step = self._crew[agent].step(view, self._states[agent])
        except Exception as error:
            # An agent is foreign code: whatever it raises, the gateway goes on and says so.
            log.exception("agent failed", agent=agent)
            return WorkerStep(
                agent=agent, made_at_ns=view.now_ns, rung="safe", why_rung=f"agent failed: {error!r}"
            )
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
        """Do the job now; its result arrives later."""
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


class ProcessWorkers:
    """Works in a process of its own: long computation never delays the tick."""

    def __init__(self, build: Build) -> None:
        """Start the process; `wait_ready` tells when its agents have started."""
        self._pool = concurrent.futures.ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_man,
            initargs=(build,),
        )
        self._first = self._pool.submit(_ready)
        self._running: dict[str, concurrent.futures.Future[WorkerStep]] = {}

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Return when every agent of the process has started.

        Raises:
            TimeoutError: it took longer than `timeout_s` real seconds.
        """
        self._first.result(timeout=timeout_s)

    def submit(self, job: Job) -> None:
        """Give an agent its job, unless it is still at the one before."""
        if job.agent not in self._running:
            self._running[job.agent] = self._pool.submit(_work, job.agent, job.view)

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that are finished."""
        done = [agent for agent, future in self._running.items() if future.done()]
        return tuple(self._running.pop(agent).result() for agent in done)

    def close(self) -> None:
        """End the process without waiting for its work."""
        self._pool.shutdown(wait=False, cancel_futures=True)

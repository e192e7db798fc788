"""Workers: where agents of the slow classes run, off the tick.

Results carry the time of the view they looked at. Under the virtual clock the work is done inline and its
result arrives after a declared cost, so that a run repeats bit for bit.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from kernel.image import View
from kernel.pipe.agent_step import attempt
from kernel.pipe.tick import Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Clock, Past
from kernel.shell.orphan import end_with

log = structlog.get_logger()

Crew = Mapping[str, Agent]
"""Agents by name."""
Build = Callable[[int], tuple[Crew, Past]]
"""Makes the agents inside the process that runs them, as of an operational time in nanoseconds since 1970
UTC; must be importable by name."""
START_S: Final = 60.0
"""Real seconds that the agents of a process may take to start."""


def _unheard() -> None:
    """Take no note of the end of a job."""


class Workers(Protocol):
    """Takes jobs, gives steps back later."""

    def submit(self, job: Job, on_done: Callable[[], None] = _unheard) -> None:
        """Take a job; an agent that is still busy is not given a second one.

        Args:
            job: what to do.
            on_done: called at the moment the job is done, from any thread.
        """
        ...

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that have been finished since the last call, in order of submission."""
        ...

    def restart(self, agent: str) -> None:
        """Let an agent begin anew with its next job."""
        ...

    def close(self) -> None:
        """End all work."""
        ...


class Bench:
    """The agents of one worker with their states."""

    def __init__(self, crew: Crew, past: Past) -> None:
        """Start every agent from the past."""
        self._crew = crew
        self._past = past
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
            condition=step.condition,
        )

    def restart(self, agent: str) -> None:
        """Let an agent begin anew, from the past that this bench knows."""
        self._states[agent] = self._crew[agent].start(self._past)


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

    def submit(self, job: Job, on_done: Callable[[], None] = _unheard) -> None:
        """Do the job now, unless its agent is still busy; the result arrives later."""
        if any(step.agent == job.agent for _, step in self._done):
            return
        step = self._bench.work(job.agent, job.view)
        on_done()
        self._done.append((self._clock.now_ns() + self._cost_ns, step))

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return what has arrived by now."""
        now_ns = self._clock.now_ns()
        arrived = tuple(step for at_ns, step in self._done if at_ns <= now_ns)
        self._done = [(at_ns, step) for at_ns, step in self._done if at_ns > now_ns]
        return arrived

    def restart(self, agent: str) -> None:
        """Let an agent begin anew."""
        self._bench.restart(agent)

    def close(self) -> None:
        """Forget what has not arrived."""
        self._done.clear()


_bench: Bench | None = None
"""The bench of this worker process."""


def _man(build: Build, now_ns: int, parent: int) -> None:
    global _bench  # noqa: PLW0603 - a worker process has exactly one bench
    end_with(parent)
    _bench = Bench(*build(now_ns))


def _work(agent: str, view: View) -> WorkerStep:
    assert _bench is not None  # noqa: S101 - the initializer has run
    return _bench.work(agent, view)


def _restart(agent: str) -> None:
    assert _bench is not None  # noqa: S101 - the initializer has run
    _bench.restart(agent)


def _ready() -> bool:
    return _bench is not None


@dataclass(slots=True, eq=False)
class _Given:
    """A job that the process was given."""

    job: Job
    future: concurrent.futures.Future[WorkerStep]
    given_ns: int
    """Reading of the stopwatch."""


def _result(given: _Given) -> WorkerStep:
    """Return what a job gave; where its process died, a step onto the rung `safe`."""
    try:
        return given.future.result()
    except Exception as error:  # noqa: BLE001 - a dead process, or a step that cannot travel: the tick goes on
        return _safe(given.job, f"worker process gave no result: {type(error).__name__}")


def _safe(job: Job, why: str) -> WorkerStep:
    return WorkerStep(
        agent=job.agent, made_at_ns=job.view.now_ns, rung="safe", why_rung=why, condition="worker_lost"
    )


class ProcessWorkers:
    """Works in a process of its own: long computation never delays the tick.

    A process that dies, or is ended because its job is overdue, takes down nothing but the steps it was at:
    their agents stand on the rung `safe`, and a new process starts whose agents learn from the past again.
    """

    def __init__(
        self,
        build: Build,
        *,
        now_ns: Callable[[], int],
        stopwatch_ns: Callable[[], int],
        allowed_s: Mapping[str, float] | None = None,
    ) -> None:
        """Start the process; `wait_ready` tells when its agents have started.

        Args:
            build: makes the agents in the process.
            now_ns: operational time; agents that start again learn the past as of then.
            stopwatch_ns: real time, nanoseconds.
            allowed_s: real seconds that a step may take, by agent; one that is not named takes what it takes.
        """
        self._build = build
        self._now_ns = now_ns
        self._stopwatch_ns = stopwatch_ns
        self._allowed_s = dict(allowed_s or {})
        self._running: dict[str, _Given] = {}
        self._start_process()

    def _start_process(self) -> None:
        self._pool = concurrent.futures.ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_man,
            initargs=(self._build, self._now_ns(), os.getpid()),
        )
        self._free_ns = self._stopwatch_ns()
        self._first = self._pool.submit(_ready)
        self._first.add_done_callback(self._note_free)

    def _note_free(self, _: concurrent.futures.Future[Any]) -> None:
        """Note that the process is done with something: from now on it is at the next job."""
        self._free_ns = self._stopwatch_ns()

    def wait_ready(self, timeout_s: float = START_S) -> None:
        """Return when every agent of the process has started.

        Raises:
            TimeoutError: it took longer than `timeout_s` real seconds.
        """
        self._first.result(timeout=timeout_s)

    def submit(self, job: Job, on_done: Callable[[], None] = _unheard) -> None:
        """Give an agent its job, unless it is still at the one before."""
        if job.agent in self._running:
            return
        future = self._start(job)
        self._running[job.agent] = _Given(job, future, self._stopwatch_ns())
        future.add_done_callback(self._note_free)
        future.add_done_callback(lambda _: on_done())

    def _start(self, job: Job) -> concurrent.futures.Future[WorkerStep]:
        """Hand a job to the process; one that died is replaced."""
        try:
            return self._pool.submit(_work, job.agent, job.view)
        except BrokenProcessPool:
            log.warning("worker process died; a new one starts", agent=job.agent)
            self._pool.shutdown(wait=False)
            self._start_process()
            return self._pool.submit(_work, job.agent, job.view)

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that are finished; where one is overdue, end its process and all its steps."""
        done = [agent for agent, given in self._running.items() if given.future.done()]
        steps = tuple(_result(self._running.pop(agent)) for agent in done)
        why = self._overdue()
        return (*steps, *self._give_up(why)) if why else steps

    def _overdue(self) -> str:
        """Say what is overdue, empty where nothing is; the process is at the oldest of its jobs."""
        at = next((given for given in self._running.values() if not given.future.done()), None)
        if at is None:
            return ""
        if not self._first.done():
            late = self._stopwatch_ns() - self._free_ns > START_S * NANOSECONDS
            return f"overdue: the agents did not start within {START_S:g} s" if late else ""
        allowed_s = self._allowed_s.get(at.job.agent, float("inf"))
        spent_ns = self._stopwatch_ns() - max(at.given_ns, self._free_ns)
        if spent_ns <= allowed_s * NANOSECONDS:
            return ""
        return f"overdue: {at.job.agent} gave no result within {allowed_s:g} s"

    def _give_up(self, why: str) -> tuple[WorkerStep, ...]:
        """End the process; all that it was at or had before it stands on `safe`, and a new one starts."""
        log.error("worker process ended; a new one starts", why=why)
        given, self._running = self._running, {}
        self._kill()
        self._start_process()
        return tuple(_safe(one.job, why) for one in given.values())

    def _kill(self) -> None:
        # The executor of Python 3.11 has no public way to end a process that is at work; 3.14 has this one.
        processes = list((self._pool._processes or {}).values())  # noqa: SLF001
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()

    def restart(self, agent: str) -> None:
        """Let an agent begin anew after the job it is at; a process that died starts all of them anew."""
        with contextlib.suppress(BrokenProcessPool):
            self._pool.submit(_restart, agent)

    def close(self) -> None:
        """End the process without waiting for its work."""
        self._kill()

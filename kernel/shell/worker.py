"""Workers: where agents of the slow classes run, off the tick.

Results carry the time of the view they looked at. Under the virtual clock the work is done inline and its
result arrives after a declared cost, so that a run repeats bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from kernel.image import View
from kernel.pipe.agent_step import attempt
from kernel.pipe.stepping import as_worker_step
from kernel.pipe.tick import Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Clock, Past

Crew = Mapping[str, Agent]
"""Agents by name."""
Build = Callable[[int], tuple[Crew, Past]]
"""Makes the agents inside the process that runs them, as of an operational time in nanoseconds since 1970
UTC; must be importable by name."""


def unheard() -> None:
    """Take no note of the end of a job."""


class Workers(Protocol):
    """Takes jobs, gives steps back later."""

    def submit(self, job: Job, on_done: Callable[[], None] = unheard) -> None:
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

    def __init__(self, crew: Crew, past: Past, *, only: Collection[str] | None = None) -> None:
        """Start the agents, or only the ones that are named, from the past."""
        self._crew = {name: agent for name, agent in crew.items() if only is None or name in only}
        self._past = past
        self._states: dict[str, Any] = {name: agent.start(past) for name, agent in self._crew.items()}

    def work(self, agent: str, view: View) -> WorkerStep:
        """Step one agent; a failure is a step onto the rung `safe`, with its reason."""
        step = attempt(self._crew[agent], view, self._states[agent])
        self._states[agent] = step.state
        return as_worker_step(agent, view, step)

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

    def submit(self, job: Job, on_done: Callable[[], None] = unheard) -> None:
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

    def cancel(self, agent: str) -> bool:
        """Forget a result that has not arrived."""
        before = len(self._done)
        self._done = [(at_ns, step) for at_ns, step in self._done if step.agent != agent]
        return len(self._done) < before

    def restart(self, agent: str) -> None:
        """Let an agent begin anew."""
        self._bench.restart(agent)

    def close(self) -> None:
        """Forget what has not arrived."""
        self._done.clear()

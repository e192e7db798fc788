"""A seat: the queue of one worker process, and what it is at; it outlives the processes that sit on it.

Jobs wait in order of class, then deadline. A job that nobody waits for any more is cancelled: a newer view
of the same agent takes the place of one that still waits. The thread that talks to the process and the tick
meet
here, under one lock that is never held while anybody waits.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kernel.pipe.tick import Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.shell.worker_plan import Duty, WorkerPlan
from kernel.shell.worker_process import Worked


@dataclass(slots=True, kw_only=True, eq=False)
class Given:
    """A job on its way."""

    job: Job
    duty: Duty
    number: int
    given_ns: int
    """Reading of the stopwatch."""
    heard: Callable[[], None]
    """Called when it is done."""
    anew: bool = False
    """Whether its agent begins anew with it."""
    begun_ns: int = 0
    """When its process began with it; 0 while it waits."""

    @property
    def due_ns(self) -> float:
        """When its result is overdue."""
        return self.given_ns + self.duty.deadline_s * NANOSECONDS

    @property
    def order(self) -> tuple[int, float, int]:
        """Class first, then deadline, then who came first."""
        return (self.duty.rank, self.due_ns, self.number)


class Seat:
    """Jobs of one worker process."""

    def __init__(self, plan: WorkerPlan, stopwatch_ns: Callable[[], int]) -> None:
        """Begin empty."""
        self.plan = plan
        self.ready = threading.Event()
        """Set when a process has made its agents."""
        self.gave_up = ""
        """Why no process will sit here any more; empty while one does or comes."""
        self.cost: dict[str, Worked] = {}
        """What the last step of each agent cost."""
        self.compiled: Counter[str] = Counter()
        """Functions that were compiled inside steps, by agent."""
        self._stopwatch_ns = stopwatch_ns
        self._turn = threading.Condition()
        self._waiting: dict[str, Given] = {}
        self._at: Given | None = None
        self._anew: set[str] = set()
        self._done: list[tuple[int, WorkerStep]] = []

    # The tick's side.

    def submit(self, given: Given) -> None:
        """Queue a job, unless its agent is at work; one that waits sees the newer view instead."""
        with self._turn:
            if self._at is not None and self._at.job.agent == given.job.agent:
                return
            waiting = self._waiting.get(given.job.agent)
            if waiting is not None:
                waiting.job = given.job
            elif self.gave_up:
                self._done.append((given.number, safe_step(given.job, self.gave_up)))
            else:
                self._waiting[given.job.agent] = given
                self._turn.notify()

    def cancel(self, agent: str) -> bool:
        """Forget a job that waits; False where there is none, or its process is at it already."""
        with self._turn:
            return self._waiting.pop(agent, None) is not None

    def restart(self, agent: str) -> None:
        """Let an agent begin anew with its next job."""
        with self._turn:
            self._anew.add(agent)

    def collect(self) -> list[tuple[int, WorkerStep]]:
        """Return numbered steps that are done since the last call."""
        with self._turn:
            done, self._done = self._done, []
            return done

    def overdue(self) -> dict[str, str]:
        """Say which results are late, in words, by agent."""
        now_ns = self._stopwatch_ns()
        with self._turn:
            open_jobs = [*self._waiting.values(), *([self._at] if self._at else [])]
        return {
            given.job.agent: f"no result within {given.duty.deadline_s:g} s"
            for given in open_jobs
            if now_ns > given.due_ns
        }

    def overrun(self) -> str:
        """Say why the process must be ended for the step it is at; empty where it need not."""
        at = self._at
        if at is None or self._stopwatch_ns() - at.begun_ns <= at.duty.allowed_s * NANOSECONDS:
            return ""
        return f"overdue: {at.job.agent} gave no result within {at.duty.allowed_s:g} s"

    # The thread's side.

    def take(self, is_over: Callable[[], bool]) -> Given | None:
        """Wait for the next job; None when the process is to end."""
        with self._turn:
            while not self._waiting and not is_over():
                self._turn.wait(timeout=1.0)
            if is_over():
                return None
            given = min(self._waiting.values(), key=lambda one: one.order)
            del self._waiting[given.job.agent]
            given.begun_ns = self._stopwatch_ns()
            given.anew = given.job.agent in self._anew
            self._anew.discard(given.job.agent)
            self._at = given
            return given

    def wake(self) -> None:
        """Let a thread that waits look again."""
        with self._turn:
            self._turn.notify_all()

    def done(self, given: Given, worked: Worked) -> None:
        """Take a result."""
        with self._turn:
            self._at = None
            self.cost[given.job.agent] = worked
            self.compiled[given.job.agent] += worked.compiled
            self._done.append((given.number, worked.step))
        given.heard()

    def lost(self, why: str) -> None:
        """Note that the process is gone: its step stands on `safe`, the others wait for the next process."""
        with self._turn:
            at, self._at = self._at, None
            if at is not None:
                self._done.append((at.number, safe_step(at.job, why)))
        if at is not None:
            at.heard()

    def give_up(self, why: str) -> None:
        """Note that no process comes any more: everything stands on `safe`, now and later."""
        with self._turn:
            self.gave_up = why
            given, self._waiting = list(self._waiting.values()), {}
            self._done += [(one.number, safe_step(one.job, why)) for one in given]
        for one in given:
            one.heard()
        self.ready.set()


def safe_step(job: Job, why: str) -> WorkerStep:
    """Return a step onto the rung `safe`, under the ladder's condition of a lost worker."""
    return WorkerStep(
        agent=job.agent, made_at_ns=job.view.now_ns, rung="safe", why_rung=why, condition="worker_lost"
    )

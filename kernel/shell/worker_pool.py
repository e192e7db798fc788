"""The pool: worker processes with their seats, as the tick sees them.

It starts nothing by itself: a supervisor keeps its children. A process that dies, or is ended because its
step is overdue or its memory spent, takes down the step it was at and nothing else: the agent stands on the
rung
`safe`, the other jobs wait for the next process, whose agents learn from the past again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import structlog

from kernel.pipe.tick import Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.shell.child import Child, ChildSpec
from kernel.shell.worker import unheard
from kernel.shell.worker_life import START_S, WorkerLife, worker
from kernel.shell.worker_plan import WorkerPlan
from kernel.shell.worker_seat import Given, Seat

log = structlog.get_logger()

LOOK_NS: Final = NANOSECONDS
"""Memory of the processes is looked at so often, real time."""
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class WorkerCost(msgspec.Struct, frozen=True, kw_only=True):
    """What the last step of an agent in a worker cost."""

    cpu_s: float
    peak_mb: float
    """Highest resident memory of its process so far, MiB."""
    compiled: int
    """Functions compiled inside its steps, ever; a warm process compiles none."""


class WorkerPool:
    """Workers in processes of their own: long computation never delays the tick."""

    def __init__(
        self, plans: Sequence[WorkerPlan], *, now_ns: Callable[[], int], stopwatch_ns: Callable[[], int]
    ) -> None:
        """Lay out seats; `children` describes their processes.

        Args:
            plans: one for each process.
            now_ns: operational time; agents that start learn the past as of then.
            stopwatch_ns: real time, nanoseconds.
        """
        self._stopwatch_ns = stopwatch_ns
        self._now_ns = now_ns
        self._seats = [Seat(plan, stopwatch_ns) for plan in plans]
        self._awaited = list(self._seats)
        self._seat_of = {duty.agent: seat for seat in self._seats for duty in seat.plan.duties}
        self._lives: dict[str, WorkerLife] = {}
        self._number = 0
        self._looked_ns = 0

    @property
    def children(self) -> tuple[ChildSpec, ...]:
        """The processes, for a supervisor."""
        return tuple(worker(seat, partial(self._live, seat)) for seat in self._seats)

    def _live(self, seat: Seat) -> Child:
        life = WorkerLife(seat, self._now_ns, self._stopwatch_ns)
        self._lives[seat.plan.name] = life
        return life

    def wait_ready(self, timeout_s: float = START_S) -> None:
        """Return when every process has made its agents, or was given up.

        Raises:
            TimeoutError: it took longer than `timeout_s` real seconds.
        """
        deadline = time.monotonic() + timeout_s
        for seat in self._seats:
            if not seat.ready.wait(max(0.0, deadline - time.monotonic())):
                raise TimeoutError(f"{seat.plan.name} was not ready within {timeout_s:g} s")

    def submit(self, job: Job, on_done: Callable[[], None] = unheard) -> None:
        """Queue a job by class and deadline, unless its agent is at the one before."""
        seat = self._seat_of[job.agent]
        self._number += 1
        seat.submit(
            Given(
                job=job,
                duty=seat.plan.duty(job.agent),
                number=self._number,
                given_ns=self._stopwatch_ns(),
                heard=on_done,
            )
        )

    def cancel(self, agent: str) -> bool:
        """Forget a job that nobody waits for any more; False where it is being done or there is none."""
        return self._seat_of[agent].cancel(agent)

    def restart(self, agent: str) -> None:
        """Let an agent begin anew with its next job."""
        self._seat_of[agent].restart(agent)

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return the steps that are done, in order of submission; end processes beyond their budgets."""
        self._watch()
        done = [one for seat in self._seats for one in seat.collect()]
        return tuple(step for _, step in sorted(done, key=lambda one: one[0]))

    def overdue(self) -> dict[str, str]:
        """Say whose results are late, in words: a condition for the ladder."""
        return {agent: why for seat in self._seats for agent, why in seat.overdue().items()}

    def lost(self) -> dict[str, str]:
        """Say whose worker was given up, in words: a condition for the ladder."""
        return {duty.agent: seat.gave_up for seat in self._seats if seat.gave_up for duty in seat.plan.duties}

    def awaited(self) -> tuple[str, ...]:
        """Return the agents whose process has not made them yet since the pool began."""
        if not self._awaited:
            return ()
        self._awaited = [seat for seat in self._awaited if not seat.ready.is_set()]
        return tuple(duty.agent for seat in self._awaited for duty in seat.plan.duties)

    def pids(self) -> dict[str, int]:
        """Say in which process each agent lives; 0 where it has none now."""
        lives = {name: life.pid for name, life in self._lives.items()}
        return {agent: lives.get(seat.plan.name, 0) for agent, seat in self._seat_of.items()}

    def costs(self) -> dict[str, WorkerCost]:
        """Say what the last step of each agent cost."""
        return {
            agent: WorkerCost(cpu_s=one.cpu_s, peak_mb=one.peak_mb, compiled=seat.compiled[agent])
            for seat in self._seats
            for agent, one in seat.cost.items()
        }

    def give_up(self, why: str) -> None:
        """Note that the processes will not come back: all agents stand on `safe` from now on."""
        for seat in self._seats:
            seat.give_up(why)

    def close(self) -> None:
        """End the processes without waiting for their work."""
        for life in self._lives.values():
            life.strike("closed")

    def _watch(self) -> None:
        """End processes whose step, start or memory is beyond its budget."""
        looks = self._stopwatch_ns() - self._looked_ns >= LOOK_NS
        if looks:
            self._looked_ns = self._stopwatch_ns()
        for seat in self._seats:
            life = self._lives.get(seat.plan.name)
            if life is None:
                continue
            why = seat.overrun()
            if looks and not why:
                why = life.late_start() or _fat(seat.plan, life.pid)
            if why:
                log.error("worker process ended", process=seat.plan.name, why=why)
                life.strike(why)


def _fat(plan: WorkerPlan, pid: int) -> str:
    """Say that a process holds more memory than it may; empty where it does not."""
    if not plan.memory_mb or not pid:
        return ""
    held_mb = resident_mb(pid)
    return f"memory: {held_mb:.0f} MiB held, {plan.memory_mb:g} allowed" if held_mb > plan.memory_mb else ""


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, MiB; 0 where it is gone.

    Source: proc_pid_statm(5), second field, in pages.
    """
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0

"""Who works where: the agents of the slow classes laid out over worker processes, with their budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.schedule.loop import CLASSES
from kernel.shell.worker import Build

NICENESS: Final = {"operation": 5, "learning": 10, "housekeeping": 15}
"""Niceness of a worker process by the most urgent class that it runs (0 is the gateway, 19 the idlest)."""

IN_SPARE_TIME: Final = frozenset({"learning", "housekeeping"})
"""Classes that nothing waits for: they compute in what processor time others leave, and yield at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One agent's work in a worker: how urgent it is, and what a step may cost."""

    agent: str
    priority: str = "operation"
    deadline_s: float = float("inf")
    """Real seconds from a job to its result; later, the result is overdue."""
    allowed_s: float = float("inf")
    """Real seconds a step may take; then its process is ended."""
    cpu_s: float = 0.0
    """Seconds of CPU time a step may take; then it is broken off and named. 0 sets no limit."""
    cost_s: float = 0.0
    """Declared cost of a step, seconds, by which the work is spread over processes."""

    @property
    def rank(self) -> int:
        """Place of its class, the most urgent first."""
        return CLASSES.index(self.priority)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlan:
    """What one worker process is for: sent to it when it starts."""

    name: str
    duties: tuple[Duty, ...]
    build: Build
    """Makes the agents in the process."""
    memory_mb: float = 0.0
    """Resident memory above which the process is ended, MiB; 0 sets no limit."""
    meter: str = ""
    """`module:function` that counts compilations in the process so far; empty where nothing compiles."""

    @property
    def niceness(self) -> int:
        """Niceness of the process: that of its most urgent class."""
        return min((NICENESS.get(duty.priority, 0) for duty in self.duties), default=0)

    @property
    def in_spare_time(self) -> bool:
        """Whether all its duties are of classes that nothing waits for."""
        return bool(self.duties) and all(duty.priority in IN_SPARE_TIME for duty in self.duties)

    def duty(self, agent: str) -> Duty:
        """Return the duty of an agent; one that is not named has no limits."""
        return next((duty for duty in self.duties if duty.agent == agent), Duty(agent=agent))


def spread(duties: Sequence[Duty], processes: int) -> tuple[tuple[Duty, ...], ...]:
    """Lay duties out over processes: the most urgent first, each where least is declared so far.

    >>> a, b = Duty(agent="a", cost_s=5.0), Duty(agent="b", priority="learning", cost_s=1.0)
    >>> c = Duty(agent="c", priority="learning", cost_s=2.0)
    >>> [[duty.agent for duty in seat] for seat in spread((b, a, c), 2)]
    [['a'], ['c', 'b']]
    """
    seats: list[list[Duty]] = [[] for _ in range(max(1, min(processes, len(duties) or 1)))]
    for duty in sorted(duties, key=lambda one: (one.rank, -one.cost_s, one.agent)):
        least = min(seats, key=lambda seat: (sum(one.cost_s for one in seat), len(seat)))
        least.append(duty)
    return tuple(tuple(seat) for seat in seats)

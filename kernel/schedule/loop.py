"""Control loops: which agent runs how often, in which class, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kernel.point import NANOSECONDS
from kernel.ports import Agent

ON_THE_LOOP: Final = frozenset({"safety", "control"})
"""Only these classes share the process with the tick; the others run in workers."""
CLASSES: Final = ("safety", "control", "operation", "learning", "housekeeping")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLoop:
    """A value: period, deadline, priority class and agent. The kernel is what runs it."""

    name: str
    agent: Agent
    period_s: float
    deadline_s: float
    priority: str

    @property
    def in_worker(self) -> bool:
        """Tell whether the agent runs off the tick."""
        return self.priority not in ON_THE_LOOP

    def is_due(self, before_ns: int, now_ns: int) -> bool:
        """Tell whether a multiple of the period lies in (before, now].

        >>> loop = ControlLoop(name="a", agent=None, period_s=2.0, deadline_s=1.0, priority="control")
        >>> loop.is_due(1_000_000_000, 2_000_000_000), loop.is_due(2_000_000_000, 3_000_000_000)
        (True, False)
        """
        period_ns = round(self.period_s * NANOSECONDS)
        return now_ns // period_ns > before_ns // period_ns

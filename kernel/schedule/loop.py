"""Control loops: which agent runs how often, in which class, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kernel.capability import Capability, May, capability_of
from kernel.point import NANOSECONDS
from kernel.ports import Agent

ON_THE_LOOP: Final = frozenset({"safety", "control"})
"""Only these classes share the process with the tick; the others run in workers."""
CLASSES: Final = ("safety", "control", "operation", "learning", "housekeeping")
"""Priority classes, the highest first."""
OVERRUNS: Final = ("coalesce", "skip", "degrade")
"""What may be done with a loop that needs more than its budget; the first is the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLoop:
    """A value: period, phase, deadline, priority class and agent. The kernel is what runs it."""

    name: str
    agent: Agent
    period_s: float
    deadline_s: float
    """Operational seconds from a release to the commands queued."""
    priority: str
    phase_s: float = 0.0
    """Operational seconds by which its releases come after the multiples of its period."""
    overrun: str = "coalesce"
    """skip, coalesce or degrade."""
    budget_ms: float | None = None
    """Real milliseconds that one step may take; None where nothing is declared."""
    fresh_s: float | None = None
    """Longest time between two readings of what it steers by, operational seconds; None for its period."""
    narrowed: May | None = None
    """What the site leaves it of what the agent declares."""
    capability: Capability = field(init=False)
    """What its agent may do."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "capability", capability_of(self.agent, self.narrowed))

    @property
    def in_worker(self) -> bool:
        """Tell whether the agent runs off the tick."""
        return self.priority not in ON_THE_LOOP

    @property
    def period_ns(self) -> int:
        """Operational nanoseconds from release to release."""
        return round(self.period_s * NANOSECONDS)

    def release_ns(self, now_ns: int) -> int:
        """Return the newest release that is not after `now_ns`, operational nanoseconds.

        >>> loop = ControlLoop(
        ...     name="a", agent=None, period_s=2.0, deadline_s=1.0, priority="control", phase_s=0.5)
        >>> loop.release_ns(4_000_000_000), loop.release_ns(4_500_000_000)
        (2500000000, 4500000000)
        """
        phase_ns = round(self.phase_s * NANOSECONDS)
        return (now_ns - phase_ns) // self.period_ns * self.period_ns + phase_ns

    def is_due(self, before_ns: int, now_ns: int) -> bool:
        """Tell whether a release lies in (before, now].

        >>> loop = ControlLoop(name="a", agent=None, period_s=2.0, deadline_s=1.0, priority="control")
        >>> loop.is_due(1_000_000_000, 2_000_000_000), loop.is_due(2_000_000_000, 3_000_000_000)
        (True, False)
        """
        return self.release_ns(now_ns) > before_ns

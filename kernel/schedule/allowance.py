"""An allowance: how much of a tick is left for agents that have not started yet.

Pure. An agent may start where it will end before the next base tick, or within the time that was reserved for
all who are on this agenda: then nothing comes later than admission reckoned with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kernel.schedule.scheduler import Scheduler


@dataclass(slots=True, eq=False)
class Allowance:
    """What one tick may spend on steps."""

    scheduler: Scheduler
    stopwatch_ns: Callable[[], int]
    stop_ns: float
    """Reading of the stopwatch at which the last step must have ended."""

    @classmethod
    def of(
        cls,
        scheduler: Scheduler,
        stopwatch_ns: Callable[[], int],
        names: tuple[str, ...],
        base_left_ns: float,
    ) -> Allowance:
        """Allow what is left until the next base tick, or what was reserved for these agents if that is more.

        Args:
            scheduler: knows budgets and recent costs.
            stopwatch_ns: real time.
            names: whose turn it is in this tick.
            base_left_ns: real time until the next base tick.
        """
        return cls(scheduler, stopwatch_ns, stopwatch_ns() + max(base_left_ns, scheduler.reserved_ns(names)))

    def may_start(self, name: str) -> bool:
        """Tell whether there is time left for an agent."""
        return self.scheduler.fits(name, self.stop_ns - self.stopwatch_ns())

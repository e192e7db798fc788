"""The demand of a site's loops: what is released at every base tick of the hyperperiod, and what it costs.

Pure. A tick is not preempted: its commands are queued when all its agents have stepped. So the work of a base
tick is a batch: a tick of the safety loops, then a tick of the others, and each loop at most once in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.schedule.costs import Costs
from kernel.schedule.loop import ControlLoop

LONGEST: Final = 20_000
"""Base ticks of a hyperperiod that are gone through; a longer one is bounded as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A loop that runs on the tick, in base ticks and real milliseconds."""

    name: str
    is_safety: bool
    period: int
    """Base ticks."""
    phase: int
    """Base ticks."""
    deadline_ms: float
    cost_ms: float


@dataclass(frozen=True, slots=True)
class Batch:
    """The work that a kernel finds at the begin of a base tick: loops by number."""

    safety: frozenset[int]
    rest: frozenset[int]

    def __or__(self, other: Batch) -> Batch:
        """Return both together: of a loop that is in both one release runs."""
        return Batch(self.safety | other.safety, self.rest | other.rest)


NOTHING: Final = Batch(frozenset(), frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a site asks of its kernel."""

    tasks: tuple[Task, ...]
    base_ms: float
    """Real milliseconds of a base tick."""
    tick_ms: float
    """What every tick takes besides steps."""

    @classmethod
    def of(
        cls, loops: Sequence[ControlLoop], costs: Costs, *, base_tick_s: float, factor: float = 1.0
    ) -> Demand:
        """Reckon in real time what the loops on the tick ask for.

        Args:
            loops: of a site; those in workers cost the tick no step.
            costs: worst costs; an agent without a cost is taken to cost nothing.
            base_tick_s: base tick, operational seconds.
            factor: operational seconds in a real second; it scales periods and deadlines, not costs.
        """
        return cls(
            tasks=tuple(
                Task(
                    name=loop.name,
                    is_safety=loop.priority == "safety",
                    period=max(1, round(loop.period_s / base_tick_s)),
                    phase=round(loop.phase_s / base_tick_s),
                    deadline_ms=loop.deadline_s / factor * 1e3,
                    cost_ms=costs.steps_ms.get(loop.name, 0.0),
                )
                for loop in loops
                if not loop.in_worker
            ),
            base_ms=base_tick_s / factor * 1e3,
            tick_ms=costs.tick_ms,
        )

    @property
    def hyperperiod(self) -> int:
        """Base ticks after which the releases repeat."""
        return math.lcm(*(task.period for task in self.tasks)) if self.tasks else 1

    @property
    def utilisation(self) -> float:
        """Share of the time that is asked for, steps and one tick for every base tick."""
        steps = sum(task.cost_ms / (task.period * self.base_ms) for task in self.tasks)
        return steps + self.tick_ms / self.base_ms

    def batches(self) -> list[Batch]:
        """Return what is released at every base tick of the hyperperiod."""
        due: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in range(self.hyperperiod)]
        for number, task in enumerate(self.tasks):
            for at in range(task.phase % task.period, len(due), task.period):
                due[at][0 if task.is_safety else 1].add(number)
        return [Batch(frozenset(safety), frozenset(rest)) for safety, rest in due]

    def whole(self) -> Batch:
        """Return the longest batch there can be: every loop at once."""
        numbers = range(len(self.tasks))
        return Batch(
            frozenset(n for n in numbers if self.tasks[n].is_safety),
            frozenset(n for n in numbers if not self.tasks[n].is_safety),
        )

    def safety_ms(self, batch: Batch) -> float:
        """Return how long the safety tick of a batch takes."""
        return self.tick_ms + sum(self.tasks[n].cost_ms for n in sorted(batch.safety))

    def total_ms(self, batch: Batch) -> float:
        """Return how long a batch takes: both of its ticks, or the one that there is."""
        rest_ms = self.tick_ms + sum(self.tasks[n].cost_ms for n in sorted(batch.rest))
        if not batch.safety:
            return rest_ms
        return self.safety_ms(batch) + (rest_ms if batch.rest else 0.0)

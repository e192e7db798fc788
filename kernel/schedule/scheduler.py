"""The scheduler: which agents may step in a tick, and in which order.

Pure: it is told the time and what steps took, it never looks. Priority classes go first; inside a class the
earliest deadline. A release that was missed runs at once when it is late by less than a period; of several
that wait one runs, and the others count as lost.

Source: Liu and Layland 1973 (earliest deadline first); Jeffay, Stanat and Martel 1991 (non-preemptive).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kernel.schedule.loop import ControlLoop
from kernel.schedule.reservation import STEP_OVERHEAD_MS
from kernel.schedule.turn import SAFETY, Turn


class Agenda(NamedTuple):
    """Who may step now, in order: safety loops have a tick of their own before the others."""

    safety: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def ticks(self) -> tuple[tuple[str, ...], ...]:
        """The activations of the ticks to run: one tick, or two where safety loops and others are due.

        >>> Agenda(("trip",), ("shaver",)).ticks, Agenda((), ()).ticks
        ((('trip',), ('shaver',)), ((),))
        """
        if self.safety and self.rest:
            return self.safety, self.rest
        return (self.safety or self.rest,)


@dataclass(slots=True, eq=False)
class Scheduler:
    """Releases loops and says whose turn it is; the shell tells it who ran, and what it took."""

    turns: dict[str, Turn] = field(default_factory=dict)
    """By loop."""
    has_budgets: bool = False
    """Whether any loop has a budget: only then is anybody held back."""

    @classmethod
    def of(
        cls, loops: Sequence[ControlLoop], *, start_ns: int, budgets_ms: Mapping[str, float] | None = None
    ) -> Scheduler:
        """Schedule loops from a moment on.

        Args:
            loops: of the site.
            start_ns: operational time; what was released before it is past.
            budgets_ms: real milliseconds that a step may take, for loops that declare none.
        """
        given = budgets_ms or {}
        turns = {}
        for place, loop in enumerate(loops):
            budget_ms = loop.budget_ms if loop.budget_ms is not None else given.get(loop.name)
            turns[loop.name] = Turn.of(loop, place, start_ns=start_ns, budget_ms=budget_ms)
        return cls(turns, any(turn.budget_ns < math.inf for turn in turns.values()))

    def begin(self, now_ns: int) -> None:
        """Begin at an operational time, not before: what was released until then is past, and not lost."""
        for turn in self.turns.values():
            turn.next_ns = max(turn.next_ns, turn.loop.release_ns(now_ns) + turn.period_ns)

    def agenda(self, now_ns: int) -> Agenda:
        """Release what is due by now, and say who may step."""
        due = []
        for turn in self.turns.values():
            if now_ns >= turn.next_ns:
                turn.release(now_ns)
            if turn.pending_ns is not None:
                due.append(((turn.rank, turn.pending_ns + turn.deadline_ns, turn.place), turn.loop.name))
        if not due:
            return Agenda((), ())
        due.sort()
        safety = tuple(name for urgency, name in due if urgency[0] == SAFETY)
        return Agenda(safety, tuple(name for _, name in due[len(safety) :]))

    def reserved_ns(self, names: Sequence[str]) -> float:
        """Return the real time that was reserved for these agents: endless where one has no budget."""
        on_the_loop = [turn for name in names if not (turn := self.turns[name]).loop.in_worker]
        return sum(turn.budget_ns for turn in on_the_loop) + len(on_the_loop) * STEP_OVERHEAD_MS * 1e6

    def fits(self, name: str, left_ns: float) -> bool:
        """Tell whether an agent may start with this much real time left; safety always may."""
        turn = self.turns[name]
        return turn.rank == SAFETY or turn.loop.in_worker or turn.worst_ns <= left_ns

    def took(self, name: str, cost_ns: int) -> None:
        """Note what a step took, real time."""
        self.turns[name].took(cost_ns)

    def ran(self, names: Sequence[str]) -> list[tuple[str, int]]:
        """Note who has stepped or was given to a worker; return the release that each answered."""
        answered = []
        for name in names:
            turn = self.turns[name]
            if turn.pending_ns is not None:
                answered.append((name, turn.pending_ns))
                turn.pending_ns = None
        return answered

    def held_back(self, names: Sequence[str]) -> None:
        """Note who might not start: under `skip` the release is given up, else it waits for the next tick."""
        for name in names:
            turn = self.turns[name]
            if turn.loop.overrun == "skip" and turn.pending_ns is not None:
                turn.pending_ns = None
                turn.skipped += 1

    def suspend(self, names: Collection[str]) -> None:
        """Suspend exactly these agents, and resume all others."""
        for name, turn in self.turns.items():
            if turn.suspended != (name in names):
                turn.suspend(is_suspended=name in names)

    def overrunning(self) -> list[tuple[str, str]]:
        """Return who is degraded for an overrun, with its words."""
        return [(name, turn.words) for name, turn in self.turns.items() if turn.words]

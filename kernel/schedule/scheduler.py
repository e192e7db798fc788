"""The scheduler: which agents may step in a tick, and in which order.

Pure: it is told the time and what steps took, it never looks. Priority classes go first; inside a class the
earliest deadline. A release that was missed runs at once when it is late by less than a period; of several
that wait one runs, and the others count as lost.

Source: Liu and Layland 1973 (earliest deadline first); Jeffay, Stanat and Martel 1991 (non-preemptive).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kernel.point import NANOSECONDS
from kernel.schedule.loop import CLASSES, ControlLoop

SAFETY: Final = CLASSES.index("safety")


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
class Turn:
    """Where one loop stands: its next release, and the one that waits to run."""

    loop: ControlLoop
    rank: int
    """Its class, 0 the highest."""
    place: int
    """Among the loops of the site: the last word between equals."""
    period_ns: int
    deadline_ns: int
    next_ns: int
    """When it is released next, operational time."""
    pending_ns: int | None = None
    """The release that waits to run; None where none does."""
    lost: int = 0
    """Releases that never ran because the one after them came first."""
    suspended: bool = False

    def release(self, now_ns: int) -> None:
        """Take the releases until now: the newest waits, those before it are lost."""
        count = (now_ns - self.next_ns) // self.period_ns + 1
        newest_ns = self.next_ns + (count - 1) * self.period_ns
        self.next_ns = newest_ns + self.period_ns
        if self.suspended:
            return
        self.lost += count - 1 + (self.pending_ns is not None)
        self.pending_ns = newest_ns

    @property
    def urgency(self) -> tuple[int, int, int]:
        """Sort key: class, absolute deadline, place."""
        return self.rank, (self.pending_ns or 0) + self.deadline_ns, self.place


@dataclass(slots=True, eq=False)
class Scheduler:
    """Releases loops and says whose turn it is; the shell tells it who ran."""

    turns: dict[str, Turn] = field(default_factory=dict)
    """By loop."""

    @classmethod
    def of(cls, loops: Sequence[ControlLoop], *, start_ns: int) -> Scheduler:
        """Schedule loops from a moment on, operational nanoseconds: what was released before it is past."""
        return cls({loop.name: _turn(loop, place, start_ns) for place, loop in enumerate(loops)})

    def agenda(self, now_ns: int) -> Agenda:
        """Release what is due by now, and say who may step."""
        due = []
        for turn in self.turns.values():
            if now_ns >= turn.next_ns:
                turn.release(now_ns)
            if turn.pending_ns is not None:
                due.append(turn)
        due.sort(key=_urgency)
        safety = tuple(turn.loop.name for turn in due if turn.rank == SAFETY)
        return Agenda(safety, tuple(turn.loop.name for turn in due if turn.rank != SAFETY))

    def ran(self, names: Sequence[str]) -> list[tuple[str, int]]:
        """Note who has stepped or was given to a worker; return the release that each answered."""
        answered = []
        for name in names:
            turn = self.turns[name]
            if turn.pending_ns is not None:
                answered.append((name, turn.pending_ns))
                turn.pending_ns = None
        return answered


def _urgency(turn: Turn) -> tuple[int, int, int]:
    return turn.urgency


def _turn(loop: ControlLoop, place: int, start_ns: int) -> Turn:
    return Turn(
        loop=loop,
        rank=CLASSES.index(loop.priority),
        place=place,
        period_ns=loop.period_ns,
        deadline_ns=round(loop.deadline_s * NANOSECONDS),
        next_ns=loop.release_ns(start_ns) + loop.period_ns,
    )

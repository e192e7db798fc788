"""A turn: where one loop stands, and what is done with it when it needs more than its budget.

Pure. An overrun is answered by the loop's policy:

- `skip`: the releases that it ate are skipped, so that it takes no more than its budget in the long run;
- `coalesce`: nothing is skipped; while there is no time for it, its releases are joined into one;
- `degrade`: it is seen as overrunning, which leads it down the ladder, and runs at a fraction of its rate;
  the fraction halves with every further overrun, until it has run well several times in a row.

Under every policy it is held back while what it took lately does not fit into what is left of a tick. A
safety loop is never skipped, degraded or held back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from kernel.point import NANOSECONDS
from kernel.schedule.loop import CLASSES, ControlLoop

SAFETY: Final = CLASSES.index("safety")
FORGETTING: Final = 0.5 ** (1 / 64)
"""What is left of the worst recent cost with every release: half after 64, run or not."""
GOOD_RUNS: Final = 5
"""Runs within budget in a row after which a degraded loop has its whole rate again."""
LONGEST_STRETCH: Final = 64
"""A degraded loop runs in every 64th period at the least: how else would it be known to have recovered."""


@dataclass(slots=True, eq=False)
class Turn:
    """Where one loop stands."""

    loop: ControlLoop
    rank: int
    """Its class, 0 the highest."""
    place: int
    """Among the loops of the site: the last word between equals."""
    period_ns: int
    deadline_ns: int
    next_ns: int
    """When it is released next, operational time."""
    budget_ns: float = math.inf
    """Real time that one step may take."""
    pending_ns: int | None = None
    """The release that waits to run; None where none does."""
    lost: int = 0
    """Releases that never ran because the one after them came first: missed deadlines."""
    skipped: int = 0
    """Releases that its policy gave up after an overrun."""
    overruns: int = 0
    """Steps that took longer than the budget."""
    suspended: bool = False
    worst_ns: float = 0.0
    """Worst recent cost of a step, real time."""
    stretch: int = 1
    """A degraded loop runs in every so many periods."""
    to_skip: int = 0
    good: int = 0
    """Runs within budget in a row since it was degraded."""
    words: str = ""
    """Of the overrun for which it is degraded; empty while it is not."""

    @classmethod
    def of(cls, loop: ControlLoop, place: int, *, start_ns: int, budget_ms: float | None) -> Turn:
        """Begin at an operational time: what was released before it is past."""
        return cls(
            loop=loop,
            rank=CLASSES.index(loop.priority),
            place=place,
            period_ns=loop.period_ns,
            deadline_ns=round(loop.deadline_s * NANOSECONDS),
            next_ns=loop.release_ns(start_ns) + loop.period_ns,
            budget_ns=math.inf if budget_ms is None or loop.in_worker else budget_ms * 1e6,
        )

    def release(self, now_ns: int) -> None:
        """Take the releases until now: the newest waits, those before it are lost."""
        count = (now_ns - self.next_ns) // self.period_ns + 1
        newest_ns = self.next_ns + (count - 1) * self.period_ns
        self.next_ns = newest_ns + self.period_ns
        self.worst_ns *= FORGETTING if count == 1 else FORGETTING**count
        if self.suspended:
            return
        if self.to_skip:
            given_up = min(self.to_skip, count)
            self.to_skip -= given_up
            self.skipped += given_up
            count -= given_up
            if not count:
                return
        self.lost += count - 1 + (self.pending_ns is not None)
        self.pending_ns = newest_ns

    def took(self, cost_ns: int) -> None:
        """Note what a step took, real time, and answer an overrun."""
        self.worst_ns = max(self.worst_ns, cost_ns)
        if cost_ns > self.budget_ns:
            self._overran(cost_ns)
        elif self.words:
            self.good += 1
            if self.good >= GOOD_RUNS:
                self.stretch, self.to_skip, self.words = 1, 0, ""
                self.worst_ns = cost_ns
            else:
                self.to_skip = self.stretch - 1

    def _overran(self, cost_ns: int) -> None:
        self.overruns += 1
        if self.rank == SAFETY:
            return
        eaten = math.ceil(cost_ns / self.budget_ns)
        if self.loop.overrun == "skip":
            self.to_skip = eaten - 1
        elif self.loop.overrun == "degrade":
            doubled = self.stretch * 2 if self.words else eaten
            self.stretch = min(LONGEST_STRETCH, max(doubled, eaten))
            self.to_skip, self.good = self.stretch - 1, 0
            self.words = (
                f"took {cost_ns / 1e6:.1f} ms, budget {self.budget_ns / 1e6:g} ms; "
                f"runs in every {self.stretch}. period"
            )

    def suspend(self, *, is_suspended: bool) -> None:
        """Let no release wait while suspended; after it the next release is the first."""
        self.suspended = is_suspended
        if is_suspended:
            self.pending_ns, self.to_skip = None, 0

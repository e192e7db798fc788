"""The rota of a device: which of its requests are due at a poll, by the poll classes of what they read. Pure.

A request reads what lies together; the class that wants it most often decides. What is not asked keeps its
last answer, and the time of that answer: its age grows until it counts as old.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.modbus.entry import Entry, Poll
from drivers.modbus.poll_period import PERIOD_S
from drivers.modbus.read_plan import ReadPlan
from kernel.point import NANOSECONDS

EARLY_NS: Final = NANOSECONDS // 4
"""By how much a request may come early: polls do not come to the nanosecond."""


@dataclass(slots=True)
class Rota:
    """When each of R requests is due again."""

    every_ns: tuple[int, ...]
    """Operational time between two of each; 0 for every poll."""
    due_ns: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, plan: ReadPlan, entries: Sequence[Entry]) -> Rota | None:
        """Return the rota of a plan; None where every request is due at every poll."""
        every = periods_s(plan, entries)
        if not any(every):
            return None
        return cls(tuple(round(s * NANOSECONDS) for s in every), [0] * len(every))

    @property
    def every_s(self) -> float:
        """Operational seconds between two polls of which the first asks anything at all; 0 for every poll."""
        return min(self.every_ns) / NANOSECONDS

    def due(self, now_ns: int) -> list[int]:
        """Return the requests that are due at a poll, by place."""
        return [place for place, due_ns in enumerate(self.due_ns) if now_ns >= due_ns]

    def answered(self, place: int, now_ns: int) -> None:
        """Note an answer: the request has time until its period is over."""
        every_ns = self.every_ns[place]
        self.due_ns[place] = now_ns + max(0, every_ns - EARLY_NS)

    def forget(self) -> None:
        """Let everything be due: the device was away, and what was read before it means nothing."""
        self.due_ns = [0] * len(self.due_ns)


def periods_s(plan: ReadPlan, entries: Sequence[Entry]) -> tuple[float, ...]:
    """Return the seconds between two of each request, as the poll classes say; 0 for every poll."""
    seen = _seen_after_a_write(entries)
    each = [0.0 if entry.quantity in seen else PERIOD_S[entry.poll] for entry in entries]
    every = [min((each[row] for row in rows), default=max(PERIOD_S.values())) for rows in _rows(plan)]
    for one, other in plan.together() * len(every):  # a kept count under a new scale is another value
        every[one] = every[other] = min(every[one], every[other])
    return tuple(every)


def asked_every_s(reading_s: float, period_s: float) -> float:
    """Return the seconds between two of a request whose device is read every `reading_s`.

    >>> asked_every_s(1.0, 30.0), asked_every_s(20.0, 30.0), asked_every_s(60.0, 30.0)
    (30.0, 40.0, 60.0)
    """
    return reading_s * max(1, math.ceil((period_s - EARLY_NS / NANOSECONDS) / reading_s - 1e-9))


def fast(plan: ReadPlan, entries: Sequence[Entry]) -> tuple[bool, ...]:
    """Tell of each request whether it reads a point of the class `fast`."""
    return tuple(any(entries[row].poll is Poll.FAST for row in rows) for rows in _rows(plan))


def _seen_after_a_write(entries: Sequence[Entry]) -> set[str]:
    """Return the quantities that show what became of a write: they are read at every poll."""
    written = [entry for entry in entries if entry.writing is not None]
    named = (
        {one.writing.feedback, one.writing.sequence, one.writing.select, one.quantity}
        for one in written
        if one.writing is not None
    )
    return set().union(*named)


def _rows(plan: ReadPlan) -> list[list[int]]:
    """Return the rows that each request reads; none where it reads scale registers only."""
    rows: list[list[int]] = [[] for _ in plan.requests]
    for row, place in enumerate(plan.request_of[: len(plan.scale)].tolist()):
        if place < len(rows):
            rows[place].append(row)
    return rows

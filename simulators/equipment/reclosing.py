"""Automatic reclosing: dead times one after the other, then lock-out (79).

    trip -> dead time 1 -> close -> (trip within the reclaim time) -> dead time 2 -> close -> ... -> lock-out
                                -> reclaim time without trip -> from the beginning

A hand that closes the breaker does not reclose onto its own fault: a trip within the reclaim time locks out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kernel.point import NANOSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclosing:
    """What is set on a recloser.

    Raises:
        ValueError: a time is not above 0.
    """

    dead_s: tuple[float, ...] = ()
    """Dead time before each closing, seconds; empty where nothing recloses."""
    reclaim_s: float = 30.0
    """Time without a trip after which a closing has succeeded, seconds."""

    def __post_init__(self) -> None:
        if min((*self.dead_s, self.reclaim_s)) <= 0.0:
            raise ValueError(f"dead times {self.dead_s} s, reclaim time {self.reclaim_s} s")


NEVER: Final = Reclosing()
"""A cable: what fails in it stays failed."""


class Sequence:
    """Where one recloser stands in its sequence."""

    def __init__(self, reclosing: Reclosing) -> None:
        self.shots = 0
        """Closings since the last success."""
        self.locked_out = False
        self.close_ns: int | None = None
        """When it closes; None where it waits for nothing."""
        self.reclaimed_ns: int | None = None
        """When the last closing has succeeded."""
        self._set = reclosing

    def opened_by_trip(self, now_ns: int, *, reclose: bool = True) -> None:
        """Take that a trip has opened the breaker; wait for the next closing, or lock out."""
        self.reclaimed_ns = None
        if reclose and self.shots < len(self._set.dead_s):
            self.close_ns = now_ns + round(self._set.dead_s[self.shots] * NANOSECONDS)
            self.shots += 1
        else:
            self.close_ns, self.locked_out = None, True

    def closed(self, now_ns: int) -> None:
        """Take that the breaker has closed."""
        self.close_ns, self.locked_out = None, False
        self.reclaimed_ns = now_ns + round(self._set.reclaim_s * NANOSECONDS)

    def by_hand(self) -> None:
        """Take that a person or the gateway operates the breaker: nothing recloses from here on."""
        self.close_ns, self.reclaimed_ns, self.locked_out = None, None, False
        self.shots = len(self._set.dead_s)

    def pass_until(self, now_ns: int) -> bool:
        """Let time pass; return whether the breaker is to be closed now."""
        if self.reclaimed_ns is not None and self.reclaimed_ns <= now_ns:
            self.reclaimed_ns, self.shots = None, 0
        due = self.close_ns is not None and self.close_ns <= now_ns
        if due:
            self.close_ns = None
        return due

    @property
    def due_ns(self) -> tuple[int, ...]:
        """Moments at which it does something by itself."""
        return tuple(moment for moment in (self.close_ns, self.reclaimed_ns) if moment is not None)

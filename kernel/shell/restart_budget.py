"""The budget of restarts: at most so many in a sliding period."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kernel.point import NANOSECONDS


@dataclass(slots=True, kw_only=True)
class RestartBudget:
    """Counts restarts in a sliding window.

    Source: Erlang/OTP, `supervisor`: more than `intensity` restarts within `period` seconds are too many; a
    restart exactly `period` seconds ago still counts.

    >>> budget = RestartBudget(intensity=1, period_s=5.0)
    >>> [budget.spend(second * NANOSECONDS) for second in (0, 6, 11)]
    [True, True, False]
    """

    intensity: int
    """Restarts that are allowed in a period, >= 0."""
    period_s: float
    """Length of the window, seconds."""
    _at_ns: deque[int] = field(default_factory=deque)

    def spend(self, now_ns: int) -> bool:
        """Note a restart; False when it is one too many."""
        self._at_ns.append(now_ns)
        oldest_ns = now_ns - round(self.period_s * NANOSECONDS)
        while self._at_ns[0] < oldest_ns:
            self._at_ns.popleft()
        return len(self._at_ns) <= self.intensity

    @property
    def spent(self) -> int:
        """How many restarts were noted in the period before the last of them, itself included."""
        return len(self._at_ns)

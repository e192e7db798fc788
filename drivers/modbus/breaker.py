"""The breaker of a device that shares its wire: one that does not answer is asked less and less often.

Pure: it is given the time, and returns what it is next. What every device of a line may cost together is the
line's `Allowance`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

FAILURES: Final = 2
"""Requests in a row that fail before a device counts as lost: one lost answer is no lost device."""
SHORTEST_S: Final = 1.0
LONGEST_S: Final = 30.0
"""Bounds of the pause before a lost device is asked again, real seconds; it doubles from one to the other."""
SHARE: Final = 0.1
"""Share of a line's time that devices which do not answer may take together."""
CREDIT_S: Final = 3.0
"""Real seconds of failing that a line bears at once, such as some lost answers in a row."""


class Stage(StrEnum):
    """How a breaker stands."""

    CLOSED = "closed"
    """The device is asked."""
    OPEN = "open"
    """It is not asked."""
    HALF_OPEN = "half-open"
    """It may be asked once, to see whether it is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What a line remembers of a device's failures.

    >>> lost = Breaker().failed(now_s=0.0).failed(now_s=1.0)
    >>> lost.stage(now_s=1.5), lost.stage(now_s=2.0), lost.answered().stage(now_s=2.0)
    (<Stage.OPEN: 'open'>, <Stage.HALF_OPEN: 'half-open'>, <Stage.CLOSED: 'closed'>)
    """

    failures: int = 0
    """Requests in a row that were not answered."""
    retry_s: float = 0.0
    """When it may be asked again, real seconds of the loop's clock."""

    @property
    def is_lost(self) -> bool:
        """Tell whether the device counts as lost."""
        return self.failures >= FAILURES

    def stage(self, now_s: float) -> Stage:
        """Return how it stands at a time."""
        if not self.is_lost:
            return Stage.CLOSED
        return Stage.OPEN if now_s < self.retry_s else Stage.HALF_OPEN

    def answered(self) -> Breaker:
        """Return it after an answer: whatever was before, the device is there."""
        return CLOSED if self.failures else self

    def failed(self, now_s: float) -> Breaker:
        """Return it after a request that was not answered: the pause doubles with each."""
        failures = self.failures + 1
        doublings = min(failures - FAILURES, 16)
        pause_s = min(LONGEST_S, SHORTEST_S * 2.0**doublings) if doublings >= 0 else 0.0
        return replace(self, failures=failures, retry_s=now_s + pause_s)


CLOSED: Final = Breaker()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a line may still spend on devices that do not answer; it fills up with time.

    Over any stretch of time, requests to devices in doubt take at most `CREDIT_S`, `SHARE` of the stretch and
    one time-out. That is so for all devices of the line together: twenty dead ones cost no more than one.

    >>> spent = Allowance().spent(CREDIT_S, now_s=0.0)
    >>> spent.allows(now_s=0.0), spent.allows(now_s=1.0)
    (False, True)
    """

    left_s: float = CREDIT_S
    """Real seconds at `at_s`; negative where the last failure took more than there was."""
    at_s: float = 0.0

    def at(self, now_s: float) -> float:
        """Return what there is at a time, real seconds."""
        return min(CREDIT_S, self.left_s + SHARE * max(0.0, now_s - self.at_s))

    def allows(self, now_s: float, *, is_lost: bool = False) -> bool:
        """Tell whether a device in doubt may be asked; half is kept for those that lost one answer only."""
        return self.at(now_s) > (CREDIT_S / 2 if is_lost else 0.0)

    def spent(self, took_s: float, now_s: float) -> Allowance:
        """Return it after a request that took so long and was not answered."""
        return Allowance(left_s=self.at(now_s) - took_s, at_s=now_s)

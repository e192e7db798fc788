"""How what a device does follows what it was told: after a delay, at a limited rate."""

from __future__ import annotations

import math
from collections import deque

from kernel.point import NANOSECONDS


class Follower:
    """A value that moves linearly towards its target, from a time after the target was given.

    Between two targets everything is solved exactly, so the value does not depend on how often anybody looks.

    >>> follower = Follower(0.0, delay_s=1.0, ramp_per_s=10.0)
    >>> follower.aim(100.0, 0)
    >>> [follower.at(second * 10**9) for second in (1, 2, 11, 12)]
    [0.0, 10.0, 100.0, 100.0]
    """

    __slots__ = ("_aims", "_delay_ns", "_per_s", "_since_ns", "_target", "_value")

    def __init__(self, value: float, *, delay_s: float = 0.0, ramp_per_s: float = math.inf) -> None:
        """Begin at a value.

        Args:
            value: where it stands.
            delay_s: from a target to the beginning of the movement, seconds.
            ramp_per_s: fastest change, unit of the value per second; infinite for none.
        """
        self._value = self._target = value
        self._delay_ns = round(delay_s * NANOSECONDS)
        self._per_s = ramp_per_s
        self._since_ns = 0
        self._aims: deque[tuple[int, float]] = deque()

    def __copy__(self) -> Follower:
        """Return one that stands where this one stands and goes its own way from there."""
        twin = object.__new__(Follower)
        twin._value, twin._target = self._value, self._target
        twin._delay_ns, twin._per_s = self._delay_ns, self._per_s
        twin._since_ns, twin._aims = self._since_ns, self._aims.copy()
        return twin

    def aim(self, target: float, now_ns: int, *, at_once: bool = False) -> None:
        """Give a target; `at_once` it is followed without the delay, and what still waits is forgotten.

        What a device does by itself, such as falling back, needs no delay.
        """
        self.at(now_ns)
        if at_once:
            self._aims.clear()
        self._aims.append((now_ns if at_once else now_ns + self._delay_ns, target))

    def changes(self, until_ns: int) -> tuple[int, ...]:
        """Return the moments up to one, without it, at which it begins to follow another target."""
        return tuple(due_ns for due_ns, _ in self._aims if due_ns < until_ns)

    def at(self, now_ns: int) -> float:
        """Return where it stands; the time must not fall."""
        while self._aims and self._aims[0][0] <= now_ns:
            due_ns, target = self._aims.popleft()
            self._move(due_ns)
            self._target = target
        self._move(now_ns)
        return self._value

    def _move(self, until_ns: int) -> None:
        left = self._target - self._value
        if left:
            step = self._per_s * max(0, until_ns - self._since_ns) / NANOSECONDS
            is_there = math.isinf(self._per_s) or abs(left) <= step
            self._value = self._target if is_there else self._value + math.copysign(step, left)
        self._since_ns = max(self._since_ns, until_ns)

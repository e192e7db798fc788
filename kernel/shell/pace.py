"""The pace of a bus: how often its device is to be read, and how often that was reached."""

from __future__ import annotations

from kernel.point import NANOSECONDS

SMOOTH = 8
"""Readings over which the interval that is reached is averaged."""


class Pace:
    """Counts the readings of a device against those that were wanted.

    >>> pace = Pace(1.0)
    >>> for second in (1, 2, 4):
    ...     pace.read(second * NANOSECONDS, newest_ns=second)
    >>> pace.due(4 * NANOSECONDS), pace.kept, pace.reached_s(4 * NANOSECONDS)
    (4, 3, 1.125)
    """

    __slots__ = (
        "_first",
        "_interval_s",
        "_last",
        "_newest_ns",
        "_period_ns",
        "_wanted_s",
        "kept",
        "last_ns",
    )

    def __init__(self, wanted_s: float) -> None:
        """Want a reading every `wanted_s` operational seconds."""
        self.wanted_s = wanted_s
        self.kept = 0
        """Periods in which something new was read."""
        self.last_ns: int | None = None
        """When something new was read last, operational time."""
        self._newest_ns = 0
        self._interval_s = wanted_s
        self._first: int | None = None
        self._last = -1

    @property
    def wanted_s(self) -> float:
        """Operational seconds from reading to reading that are wanted."""
        return self._wanted_s

    @wanted_s.setter
    def wanted_s(self, wanted_s: float) -> None:
        self._wanted_s = wanted_s
        self._period_ns = max(1, round(wanted_s * NANOSECONDS))

    def read(self, now_ns: int, newest_ns: int) -> None:
        """Note a reading that ended now; `newest_ns` is the newest time of its rows, 0 before the first."""
        period = now_ns // self._period_ns
        if self._first is None:
            self._first, self._interval_s = period, self._wanted_s  # wanted is known by now
        if newest_ns <= self._newest_ns:
            return
        self._newest_ns = newest_ns
        if self.last_ns is not None:
            took_s = (now_ns - self.last_ns) / NANOSECONDS
            self._interval_s += (took_s - self._interval_s) / SMOOTH
        self.last_ns = now_ns
        if period != self._last:
            self.kept += 1
            self._last = period

    @property
    def interval_s(self) -> float:
        """Operational seconds from reading to reading, as the last ones were."""
        return self._interval_s

    def due(self, now_ns: int) -> int:
        """Return the readings that were wanted until now."""
        return 0 if self._first is None else now_ns // self._period_ns - self._first + 1

    def reached_s(self, now_ns: int) -> float:
        """Return the operational seconds from reading to reading that are reached now."""
        if self.last_ns is None:
            return float("inf")
        return max(self._interval_s, (now_ns - self.last_ns) / NANOSECONDS)

"""Clocks: system, scaled and virtual time behind one role.

Only the clocks read real time. Control code sees the operational time they give.
"""

from __future__ import annotations

import asyncio
import ctypes
import time
from typing import Final

from kernel.point import NANOSECONDS

SET_SINCE_NS: Final = NANOSECONDS
"""A wall clock that has moved by more than this against the monotonic one has been set."""
_TIMEX_BYTES: Final = 512
"""More than the kernel's struct timex needs; all zero asks and sets nothing."""
_TIME_ERROR: Final = 5
SHORTEST_SCALED_S: Final = 0.040
"""No scaled period may fall below this many real seconds: transports do not scale."""


class SystemClock:
    """Operational time is the wall clock, advanced by the monotonic clock so that it never jumps.

    A step of the wall clock during a run is not followed, and shows in `state`.
    """

    factor = 1.0

    def __init__(self) -> None:
        """Take the wall clock once, as the epoch."""
        self._epoch_ns = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> int:
        """Return nanoseconds since 1970 UTC, monotonic."""
        return self._epoch_ns + time.monotonic_ns()

    def wall_ns(self) -> int:
        """Return civil time as the machine has it now, nanoseconds since 1970 UTC."""
        return time.time_ns()

    def state(self) -> str:
        """Say `synchronised` where the machine's clock is disciplined and was not set since the start."""
        apart_ns = abs(self.wall_ns() - self.now_ns())
        good = apart_ns < SET_SINCE_NS and is_disciplined()
        return "synchronised" if good else "not synchronised"

    async def sleep_until(self, at_ns: int) -> None:
        """Return when the operational time has reached `at_ns`.

        A timer may fire up to a millisecond early; a tick before its time would come twice.
        """
        while (left_ns := at_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(left_ns / NANOSECONDS)


class ScaledClock:
    """Operational time runs `factor` times as fast as real time, from one shared epoch.

    All processes of a run are given the same numbers, so they agree on the time. Until the epoch is known
    time stands still: so every process can get ready first.
    """

    def __init__(self, *, start_ns: int, factor: float, real_start_ns: int | None = None) -> None:
        """Fix the scale.

        Args:
            start_ns: operational time at the epoch, nanoseconds since 1970 UTC.
            factor: operational seconds in a real second, > 0.
            real_start_ns: reading of the machine's monotonic clock at the epoch, nanoseconds; None
                means that `begin` will tell.
        """
        self.start_ns = start_ns
        self.factor = factor
        self._real_start_ns = real_start_ns
        self._begun = asyncio.Event()
        if real_start_ns is not None:
            self._begun.set()

    def begin(self, real_start_ns: int) -> None:
        """Let time run from the moment at which the monotonic clock shows `real_start_ns`."""
        self._real_start_ns = real_start_ns
        self._begun.set()

    def now_ns(self) -> int:
        """Return nanoseconds since 1970 UTC of operational time."""
        if self._real_start_ns is None:
            return self.start_ns
        real_ns = max(0, time.monotonic_ns() - self._real_start_ns)
        return self.start_ns + round(real_ns * self.factor)

    def wall_ns(self) -> int:
        """Return the operational time: a scaled day has no other."""
        return self.now_ns()

    def state(self) -> str:
        """Say that time is scaled."""
        return "scaled"

    async def sleep_until(self, at_ns: int) -> None:
        """Return when the operational time has reached `at_ns`."""
        await self._begun.wait()
        while (left_ns := at_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(left_ns / self.factor / NANOSECONDS)


class VirtualClock:
    """Operational time jumps to whatever is waited for: a run takes as long as its work.

    >>> clock = VirtualClock(start_ns=5)
    >>> asyncio.run(clock.sleep_until(9)); clock.now_ns()
    9
    """

    factor = 0.0

    def __init__(self, *, start_ns: int) -> None:
        """Begin at an operational time, nanoseconds since 1970 UTC."""
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Return nanoseconds since 1970 UTC of operational time."""
        return self._now_ns

    def wall_ns(self) -> int:
        """Return the operational time: a virtual run has no other."""
        return self._now_ns

    def state(self) -> str:
        """Say that time is virtual."""
        return "virtual"

    async def sleep_until(self, at_ns: int) -> None:
        """Be there at once; time never goes back."""
        self._now_ns = max(self._now_ns, at_ns)


def is_disciplined() -> bool:
    """Tell whether the kernel of the machine holds its clock for synchronised (NTP or PTP).

    Source: Linux, adjtimex(2): TIME_ERROR means that the clock is not synchronised to a server.
    """
    answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return answer not in {_TIME_ERROR, -1}


def stopwatch_ns() -> int:
    """Return the machine's monotonic clock, nanoseconds: for statistics, never for control."""
    return time.monotonic_ns()

"""Ticking: when the next tick comes. What a tick does stands elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from kernel.ports import Clock


class Rest:
    """The rest between two ticks, from which the end of a run wakes it: a tick may be minutes away."""

    def __init__(self, clock: Clock) -> None:
        """Rest by a clock."""
        self._clock = clock
        self._limit: asyncio.Timeout | None = None

    async def until(self, at_ns: int) -> None:
        """Return when the operational time has reached `at_ns`, or earlier when woken."""
        try:
            async with asyncio.timeout(None) as self._limit:
                await self._clock.sleep_until(at_ns)
        except TimeoutError:
            return  # woken
        finally:
            self._limit = None

    def wake(self) -> None:
        """End the rest that is under way, if any; a tick that runs is not touched."""
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())


async def keep_ticking(
    clock: Clock,
    base_ns: int,
    tick: Callable[[], Awaitable[object]],
    until: Callable[[int], bool],
    rest: Callable[[int], Awaitable[None]] | None = None,
) -> None:
    """Tick on every multiple of the base tick until `until(now_ns)` says so.

    A tick that ran past the next multiple is followed at once by the tick of the newest multiple that has
    passed: late work is done as soon as it can be, and multiples that nobody served are not made up for.

    Args:
        clock: operational time, which only goes forward.
        base_ns: base tick, operational nanoseconds.
        tick: runs one base tick.
        until: asked before every rest: a run that is told to end while it rests ends without another tick.
        rest: returns at an operational time, or earlier when woken; the clock's own sleep where left out.
    """
    rest = rest or clock.sleep_until
    served_ns = clock.now_ns() // base_ns * base_ns
    while not until(clock.now_ns()):
        await rest(served_ns + base_ns)
        if clock.now_ns() < served_ns + base_ns:
            continue  # woken: is it over?
        served_ns = clock.now_ns() // base_ns * base_ns
        await tick()

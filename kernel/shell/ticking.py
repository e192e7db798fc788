"""Ticking: when the next tick comes. What a tick does stands elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kernel.ports import Clock


async def keep_ticking(
    clock: Clock, base_ns: int, tick: Callable[[], Awaitable[object]], until: Callable[[int], bool]
) -> None:
    """Tick on every multiple of the base tick until `until(now_ns)` says so.

    A tick that ran past the next multiple is followed at once by the tick of the newest multiple that has
    passed: late work is done as soon as it can be, and multiples that nobody served are not made up for.

    Args:
        clock: operational time, which only goes forward.
        base_ns: base tick, operational nanoseconds.
        tick: runs one base tick.
        until: asked before every tick.
    """
    served_ns = clock.now_ns() // base_ns * base_ns
    while not until(clock.now_ns()):
        await clock.sleep_until(served_ns + base_ns)
        served_ns = clock.now_ns() // base_ns * base_ns
        await tick()

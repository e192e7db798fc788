"""Back-off: how long to leave a broken connection alone."""

from __future__ import annotations

import asyncio

import msgspec

from kernel.ports import Clock


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses that double from `first_s` to `longest_s`, in real seconds whatever the clock's factor.

    >>> [Backoff().pause_s(failures) for failures in (1, 2, 3, 9)]
    [0.5, 1.0, 2.0, 2.0]
    """

    first_s: float = 0.5
    longest_s: float = 2.0

    def pause_s(self, failures: int) -> float:
        """Return the pause after so many failures in a row, seconds."""
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 16))


async def pause(clock: Clock, real_s: float) -> None:
    """Wait by the clock for some real seconds; under the virtual clock they are virtual ones.

    Transport pauses do not scale: at factor 1440 half a second of the clock would be a busy loop.
    """
    await clock.sleep_until(clock.now_ns() + round(real_s * max(clock.factor, 1.0) * 1e9))
    await asyncio.sleep(0)  # the virtual clock arrives at once, and would let nobody else run

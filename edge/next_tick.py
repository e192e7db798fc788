"""The next tick, for those who wait for it: news is told when it comes, and nobody asks in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

LONGEST_S: Final = 5.0
"""Real seconds that anybody is kept waiting at most."""


class NextTick:
    """Wakes all who wait, at every tick."""

    def __init__(self) -> None:
        self._came = asyncio.Event()

    def came(self) -> None:
        """Wake all who wait."""
        came, self._came = self._came, asyncio.Event()
        came.set()

    async def other_than(self, seen: int | None, tick: Callable[[], int], wait_s: float) -> None:
        """Return when there is another tick than the one that was seen.

        Args:
            seen: the tick that is known; None waits for nothing.
            tick: tells the newest; after a restart of the gateway it may be a smaller one.
            wait_s: real seconds after which it returns anyway, not more than `LONGEST_S`.
        """
        try:
            async with asyncio.timeout(min(wait_s, LONGEST_S)):
                while tick() == seen:
                    await self._came.wait()
        except TimeoutError:
            return

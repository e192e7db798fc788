"""An event loop in virtual time that runs what is ready in an order chosen by a seed.

The order in which asyncio runs what became ready together is nobody's promise; code that leans on it breaks
on another day. Here every seed is such a day, and the same seed is the same day again, to the bit.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")
RESOLUTION_S: Final = 1e-11
"""Timers that lie closer together than this are due together: less than the nanosecond that clocks count."""


class NothingLeft(RuntimeError):
    """Everybody waits and nothing will ever happen: a deadlock."""


class SeededLoop(asyncio.BaseEventLoop):
    """Runs without sockets and without waiting: when nothing is ready, time jumps to the next timer."""

    def __init__(self, seed: int) -> None:
        """Begin at virtual time 0 s with an order of its own for every seed."""
        super().__init__()
        self._virtual_s = 0.0
        self._dice = random.Random(seed)
        self._clock_resolution = RESOLUTION_S
        self._selector = self  # the base loop asks its selector to wait; this one does not wait
        self._ready: deque[asyncio.Handle]

    def time(self) -> float:
        """Return the virtual time, seconds since the loop began."""
        return self._virtual_s

    def select(self, timeout_s: float | None) -> list[Any]:
        """Jump to the next timer instead of waiting.

        Raises:
            NothingLeft: there is none.
        """
        if timeout_s is None:
            raise NothingLeft("every task waits, and no timer is set")
        self._virtual_s += max(0.0, timeout_s)
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """Take note of sockets: there are none."""

    def _write_to_self(self) -> None:
        """Wake the loop from another thread: it never sleeps."""

    def _run_once(self) -> None:
        if len(self._ready) > 1:
            ready = list(self._ready)
            self._dice.shuffle(ready)
            self._ready.clear()
            self._ready.extend(ready)
        super()._run_once()  # type: ignore[misc]


def run_seeded(main: Coroutine[Any, Any, T], seed: int) -> T:
    """Run a coroutine to its end on a loop of this seed.

    >>> async def half() -> float:
    ...     await asyncio.sleep(1800)
    ...     return asyncio.get_running_loop().time()
    >>> run_seeded(half(), seed=1)
    1800.0

    Raises:
        NothingLeft: it waits for what never happens.
    """
    loop = SeededLoop(seed)
    try:
        return loop.run_until_complete(main)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

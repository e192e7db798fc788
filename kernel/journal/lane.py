"""Lanes: work that waits for a disk, one piece at a time, in a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable

LaneMaker = Callable[[str], "Lane"]
"""Opens a lane of a name."""


class Lane:
    """Does one piece of work at a time; under the virtual clock inline, so that a run repeats bit for bit."""

    def __init__(self, name: str, *, threaded: bool, on_start: Callable[[], None] = lambda: None) -> None:
        """Open a lane; its thread has this name, and calls `on_start` first."""
        self._threads = concurrent.futures.ThreadPoolExecutor(
            max_workers=1, thread_name_prefix=name, initializer=on_start
        )
        self._threaded = threaded
        self._running: concurrent.futures.Future[None] | None = None
        self._raised: Exception | None = None
        """What work raised that was done inline."""

    @property
    def is_busy(self) -> bool:
        """Tell whether work is under way."""
        return self._running is not None and not self._running.done()

    def start(self, work: Callable[[], None]) -> None:
        """Begin a piece of work; the lane must not be busy, and what was done before counts as seen."""
        if self._threaded:
            self._running = self._threads.submit(work)
            return
        self._raised = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - kept for whoever takes the result, as a thread would
            self._raised = error

    async def ended(self, patience_s: float) -> bool:
        """Wait for the work, but not longer than `patience_s` real seconds; tell whether it has ended."""
        if self._running is not None and not self._running.done():
            await asyncio.wait([asyncio.wrap_future(self._running)], timeout=patience_s)
        return not self.is_busy

    def take(self) -> BaseException | None:
        """Return what ended work raised, once; None where it went well or nothing was to be done."""
        ended, self._running = self._running, None
        raised, self._raised = self._raised, None
        return raised if ended is None else ended.exception()

    def close(self, patience_s: float) -> bool:
        """Let the thread go; return False where its work hangs beyond `patience_s` real seconds."""
        if self._running is not None:
            concurrent.futures.wait([self._running], timeout=patience_s)
        self._threads.shutdown(wait=not self.is_busy)
        return not self.is_busy

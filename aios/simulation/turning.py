"""Running what is asynchronous for those who are not: in scripts, and in notebooks, whose loop is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Found = TypeVar("Found")


class Turning:
    """An event loop of its own, turned whenever there is something to do.

    Where the caller's thread turns a loop already, as a notebook's does, the work is done in another thread
    while the caller waits: same work, same order, same bits.
    """

    def __init__(self) -> None:
        """Begin with nothing; the loop is made when it is needed."""
        self._runner = asyncio.Runner()
        self._aside: ThreadPoolExecutor | None = None

    def call(self, function: Callable[[], Found]) -> Found:
        """Call a function where no loop runs, and return what it returns."""
        if not _is_in_a_loop():
            return function()
        if self._aside is None:
            self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulation")
        return self._aside.submit(function).result()

    def run(self, coroutine: Coroutine[Any, Any, Found]) -> Found:
        """Run a coroutine to its end, and return what it returns."""
        return self.call(lambda: self._runner.run(coroutine))

    def close(self) -> None:
        """Let go of loop and thread; a second time it does nothing."""
        self.call(self._runner.close)
        if self._aside is not None:
            self._aside.shutdown()
            self._aside = None


def _is_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True

"""Run until the process is told to end: what every process of a field does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def until_told(work: Coroutine[Any, Any, None], for_s: float = 0.0) -> None:
    """Run work until SIGTERM or SIGINT, or for some real seconds; 0 for no end. Its error is raised."""
    running = asyncio.create_task(work, name="field")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    if for_s:
        loop.call_later(for_s, running.cancel)
    await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled() and (error := running.exception()) is not None:
        raise error

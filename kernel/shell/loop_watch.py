"""The watch over the event loop: whatever blocks it beyond a limit is named with its stack, and counted.

A heartbeat runs on the loop. A thread looks at it, and where it is late takes the stack of the loop's thread:
that is who holds it at this moment. A machine that stood still holds no callback, and is not counted as one.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Final

import structlog

log = structlog.get_logger()

LIMIT_S: Final = 0.1
"""A callback may hold the loop for so long, real seconds."""
LOOP_BLOCKED: Final = "loop blocked"
"""Under this name blockings are counted among the failures of a gateway."""
PLACES: Final = 64
"""Distinct places that are told apart; the others are counted together."""
ELSEWHERE: Final = "elsewhere"
_LOOPS: Final = ("asyncio", "uvloop", "selectors")
"""Modules in which an idle loop waits."""


def _unheard(_: str) -> None:
    """Take no note."""


class LoopWatch:
    """Watches the loop that it is started on."""

    def __init__(self, *, limit_s: float = LIMIT_S, heard: Callable[[str], None] = _unheard) -> None:
        """Prepare a watch.

        Args:
            limit_s: real seconds for which a callback may hold the loop.
            heard: told the place of every blocking, from the watching thread.
        """
        self.blocked: Counter[str] = Counter()
        """How often each place held the loop too long, as `file:line function`."""
        self._limit_s = limit_s
        self._heard = heard
        self._beat_s = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch the running loop, which runs in this thread."""
        self._beat(asyncio.get_running_loop())
        own = threading.get_ident()
        self._thread = threading.Thread(target=self._look, args=(own,), name="loop watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch; the thread ends within half of the limit."""
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.join()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beat_s = time.monotonic()
        self._timer = loop.call_later(self._limit_s / 2, self._beat, loop)

    def _look(self, loop_thread: int) -> None:
        """Look twice in every limit; tell of a blocking once, however long it lasts."""
        told_s = 0.0
        while not self._ended.wait(self._limit_s / 2):
            beat_s = self._beat_s
            if beat_s == told_s or time.monotonic() - beat_s <= self._limit_s:
                continue
            frame = sys._current_frames().get(loop_thread)  # noqa: SLF001 - the documented way to see a thread
            if frame is not None and not _is_idle(frame):
                told_s = beat_s
                self._tell(frame)

    def _tell(self, frame: FrameType) -> None:
        place = _place(frame)
        if place not in self.blocked and len(self.blocked) >= PLACES:
            place = ELSEWHERE
        self.blocked[place] += 1
        self._heard(place)
        if self.blocked[place] == 1:
            stack = "".join(traceback.format_stack(frame)[-8:])
            log.warning("the loop is blocked", place=place, limit_s=self._limit_s, stack=stack)


def _is_idle(frame: FrameType) -> bool:
    """Tell whether the loop itself waits: then nothing holds it but the machine."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in _LOOPS


def _place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_qualname}"

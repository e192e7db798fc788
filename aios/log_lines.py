"""Log lines on their way to standard error: written by a thread, so that a full pipe holds no control loop.

Bounded: when nobody reads for too long, the oldest lines are dropped, and the next line that gets through
says how many.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final, TextIO

from kernel.shell.queues import QueueState

WAITING: Final = 8192
"""Lines that may wait; then the oldest give way."""
LAST_S: Final = 2.0
"""Real seconds that the last lines have when the process ends."""


class LogLines:
    """Takes lines like a file, and writes them to one."""

    def __init__(self, file: TextIO, *, most: int = WAITING) -> None:
        """Write to a file from a thread of its own, holding at most `most` lines."""
        self._file = file
        self._waiting: deque[str] = deque()
        self._most = most
        self._dropped = self._told = 0
        self._closing = self._writing = False
        self._something = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Take a line; never waits for the file."""
        with self._something:
            if len(self._waiting) >= self._most:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(text)
            self._something.notify()
        return len(text)

    def flush(self) -> None:
        """Do nothing: the thread writes as soon as it can."""

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits to be written."""
        waiting = len(self._waiting)
        return (QueueState(name="log lines", depth=waiting, bound=self._most, dropped=self._dropped),)

    def close(self) -> None:
        """Write what waits, for two seconds at the most."""
        with self._something:
            self._closing = True
            self._something.notify()
        self._thread.join(timeout=LAST_S)

    def _run(self) -> None:
        while True:
            with self._something:
                self._something.wait_for(lambda: self._waiting or self._closing)
                lines = "".join(self._waiting)
                self._waiting.clear()
                lost, self._told = self._dropped - self._told, self._dropped
                is_last = self._closing
            if lost:
                lines = f'{{"event": "log lines dropped", "level": "warning", "count": {lost}}}\n{lines}'
            try:
                self._file.write(lines)
                self._file.flush()
            except (OSError, ValueError):
                return  # nobody will ever read: what comes is dropped, and counted
            if is_last:
                return

"""The disk under the journal: slow, hanging, full, failing, or without power in the middle of a commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aios.testing.injected import Faults, Kind
from kernel.journal.commands import CommandJournal
from kernel.journal.failure import JournalDown
from kernel.journal.lane import Lane
from kernel.pipe.tick import Outputs

COMMIT_S: Final = (0.001, 0.006)
"""Shortest and longest durable commit of a healthy disk, seconds."""
LOOK_AGAIN_S: Final = 0.1
"""How often a hanging commit looks whether the disk is back, seconds."""


class SimulatedJournal(CommandJournal):
    """The real command journal on a disk with faults; it tells what it has acknowledged."""

    def __init__(self, path: Path, faults: Faults, acknowledged: Callable[[int, str], None]) -> None:
        """Open the journal.

        Args:
            path: the SQLite file.
            faults: of the run.
            acknowledged: hears number and hash of the newest entry after every commit.
        """
        super().__init__(path, durable=False)
        self._faults = faults
        self._acknowledged = acknowledged

    def note(self, kind: str, subject: str, body: Any, *, at_ns: int, tick: int = -1) -> None:
        """Append one entry.

        Raises:
            JournalDown: the disk does not take it.
        """
        self._expect_disk()
        super().note(kind, subject, body, at_ns=at_ns, tick=tick)
        self._acknowledged(self._seq, self.head)

    def append(self, outputs: Outputs) -> None:
        """Append a tick.

        Raises:
            JournalDown: the disk does not take it.
        """
        self._expect_disk()
        super().append(outputs)
        self._acknowledged(self._seq, self.head)

    def _expect_disk(self) -> None:
        if self._faults.acting(Kind.DISK_EIO):
            raise JournalDown("disk I/O error")
        if self._faults.acting(Kind.DISK_FULL):
            raise JournalDown("database or disk is full")


class SimulatedLane(Lane):
    """Work that waits for the disk, in virtual time: it is done when the disk has done it, or never."""

    def __init__(self, name: str, faults: Faults, dice: random.Random) -> None:
        """Open a lane of one gateway."""
        super().__init__(name, threaded=False)
        self._faults = faults
        self._dice = dice
        self._work: Callable[[], None] | None = None
        self._end: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether work is under way."""
        return self._work is not None

    def start(self, work: Callable[[], None]) -> None:
        """Begin a piece of work."""
        loop = asyncio.get_running_loop()
        self._work, self._end, self._error = work, loop.create_future(), None
        slow = self._faults.acting(Kind.DISK_SLOW)
        self._timer = loop.call_later(
            self._dice.uniform(*COMMIT_S) if slow is None else slow.amount, self._try
        )

    def _try(self) -> None:
        if self._faults.acting(Kind.DISK_HANG):
            self._timer = asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._try)
        else:
            self._do()

    def _do(self) -> None:
        work, self._work = self._work, None
        if work is None:
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 - kept for whoever takes the result, as a thread would
            self._error = error
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    async def ended(self, patience_s: float) -> bool:
        """Wait for the work, but not longer than `patience_s`; tell whether it has ended."""
        if self.is_busy and self._end is not None:
            await asyncio.wait([self._end], timeout=patience_s)
        return not self.is_busy

    def take(self) -> BaseException | None:
        """Return what ended work raised, once."""
        error, self._error = self._error, None
        return error

    def close(self, patience_s: float) -> bool:  # noqa: ARG002 - a gateway that ends in order gets its time
        """End in order: what is under way is done."""
        self._stop_timer()
        self._do()
        return super().close(0.0)

    def die(self) -> None:
        """End with the gateway in the middle of the work, which the disk has then done, or not."""
        self._stop_timer()
        if self.is_busy and self._dice.random() < 0.5 and not self._faults.acting(Kind.DISK_HANG):
            self._do()
        self._work = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

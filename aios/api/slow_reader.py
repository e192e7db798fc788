"""A reader that takes nothing is cut off: it keeps neither what was written for it nor its place."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

TAKES_NOTHING_S: Final = 10.0
"""Real seconds in which a reader has to take something of what waits for it."""

_log = structlog.get_logger(__name__)


class Impatient(H11Protocol):
    """A connection of the desk's server that is broken off when its other end has stopped to read.

    What waits for one reader is bounded: from 64 KiB on, nothing more is written until it has read. Closing
    politely would wait for it to take the rest, which one that hangs never does.
    """

    patience_s: ClassVar[float] = TAKES_NOTHING_S
    _giving_up: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Write nothing more for now; the reader has until its patience ends."""
        super().pause_writing()
        if self._giving_up is None:
            self._giving_up = self.loop.call_later(self.patience_s, self._break_off)

    def resume_writing(self) -> None:
        """Write on: the reader has read."""
        self._keep()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a reader that has gone."""
        self._keep()
        super().connection_lost(exc)

    def _keep(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _break_off(self) -> None:
        self._giving_up = None
        _log.warning("reader_cut_off", reader=self.client, took_nothing_s=self.patience_s)
        self.transport.abort()

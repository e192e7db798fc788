"""Who keeps a connection idle is cut off: a reader that takes nothing, a request that never ends."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

from aios.api.crowd import Crowd

TAKES_NOTHING_S: Final = 10.0
"""Real seconds in which a reader has to take something of what waits for it."""
WHOLE_S: Final = 10.0
"""Real seconds in which a request has to be there as a whole."""
NOT_WHOLE: Final = frozenset({"IDLE", "SEND_BODY"})
"""States, as h11 names them, of who has not sent a whole request."""

_log = structlog.get_logger(__name__)


class Impatient(H11Protocol):
    """A connection of the desk's server that is broken off when its other end has stopped to read or to ask.

    What waits for one reader is bounded: from 64 KiB on, nothing more is written until it has read. Closing
    politely would wait for it to take the rest, which one that hangs never does.
    """

    patience_s: ClassVar[float] = TAKES_NOTHING_S
    whole_s: ClassVar[float] = WHOLE_S
    crowd: ClassVar[Crowd | None] = None
    """Of whom it is one; None where nobody counts."""
    _giving_up: asyncio.TimerHandle | None = None
    _listening: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to listen: a request has to come, and to come whole."""
        super().connection_made(transport)
        self._listen()

    def data_received(self, data: bytes) -> None:
        """Hear more of a request; where it is whole, the connection keeps its place."""
        super().data_received(data)
        self._listen()

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
        self._heard()
        super().connection_lost(exc)

    def _listen(self) -> None:
        """Bound the time of a request that is not whole; a byte now and then does not prolong it."""
        if repr(self.conn.their_state) not in NOT_WHOLE:
            self._heard()
            if self.crowd is not None and self.client is not None:
                self.crowd.asked(self.client)
        elif self._listening is None:
            self._listening = self.loop.call_later(self.whole_s, self._hang_up)

    def _heard(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def _hang_up(self) -> None:
        self._listening = None
        if not self.transport.is_closing():
            self.transport.abort()  # politely would wait for it

    def _keep(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _break_off(self) -> None:
        self._giving_up = None
        _log.warning("reader_cut_off", reader=self.client, took_nothing_s=self.patience_s)
        self.transport.abort()


def one_of(crowd: Crowd) -> type[Impatient]:
    """Return the connections that are one of a crowd each."""

    class OneOf(Impatient):
        """A connection that says to its crowd when it has asked."""

    OneOf.crowd = crowd
    return OneOf

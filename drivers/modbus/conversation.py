"""A conversation: one open connection, one exchange at a time, judged byte by byte as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from drivers.modbus.frame import INCOMPLETE
from drivers.modbus.link import BadEcho, LinkDown, NoAnswer


class Conversation(asyncio.Protocol):
    """Sends a request once and waits for the one answer that belongs to it.

    It repeats nothing and it repairs nothing: what does not fit ends the exchange at once.
    """

    def __init__(
        self, name: str, fault: Callable[[bytes, bytes], str | None], stray: Callable[[bytes], None]
    ) -> None:
        """Begin without a connection.

        Args:
            name: of the peer, for findings.
            fault: judges what came by the request, as in `Framing`.
            stray: hears what comes while nobody waits.
        """
        self._name = name
        self._fault = fault
        self._stray = stray
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._request = b""
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request can leave."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange under way without waiting for its time-out."""
        self._transport = None
        why = f": {exc}" if exc else ""
        self._end(NoAnswer(f"{self._name}: the connection was closed{why}"))

    def data_received(self, data: bytes) -> None:
        """Take what came; an answer that belongs to the request ends the exchange, and so does a fault."""
        answer = self._answer
        if answer is None or answer.done():
            self._stray(data)
            return
        received = self._received + data if self._received else data
        fault = self._fault(self._request, received)
        if fault is None:
            answer.set_result(received)
        elif fault is INCOMPLETE:
            self._received = received
        else:
            answer.set_exception(BadEcho(f"{self._name}: {fault}"))

    async def exchange(self, request: bytes, timeout_s: float) -> bytes:
        """Send a request once; return the whole frame that answers it.

        Raises:
            LinkDown: the connection is gone, nothing left.
            NoAnswer: nothing came in time, or the connection was closed.
            BadEcho: what came does not belong to the request.
        """
        if self._transport is None or not self.is_open:
            raise LinkDown(f"{self._name}: the connection was closed")
        self._request, self._received = request, b""
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._answer = answer
        timer = self._loop.call_later(
            timeout_s, self._end, NoAnswer(f"{self._name}: nothing in {timeout_s:g} s")
        )
        try:
            self._transport.write(request)
            return await answer
        finally:
            timer.cancel()
            self._answer = None

    def drop(self) -> None:
        """Let go of the connection at once; what has not left yet never leaves."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def _end(self, failure: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(failure)

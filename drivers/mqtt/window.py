"""The window: messages on the way to a broker, in order, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from drivers.mqtt.message import OutgoingMessage


class LinkDown(RuntimeError):
    """The broker is away, or did not acknowledge in time."""


class NotReached(LinkDown):
    """Nothing listens there, or it did not pass the handshake: the broker has not seen us at all."""


def _nobody() -> None:
    """Tell nobody."""


class Window:
    """Hands messages over one after the other while fewer than `most` are unacknowledged.

    The next one goes when any has been acknowledged: a slow acknowledgement holds back only what does not fit
    beside it. No task is made for a message.
    """

    def __init__(self, hand_over: Callable[[OutgoingMessage], int], *, most: int) -> None:
        self._hand_over, self._most = hand_over, most
        self._open: set[int] = set()
        self._why_closed = ""
        self._moved = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    async def send(self, messages: Sequence[OutgoingMessage], moved: Callable[[], None] = _nobody) -> None:
        """Send messages in order; return when all of quality of service 1 are acknowledged.

        Args:
            messages: any number of them.
            moved: is told whenever the broker has brought it on: made room, or acknowledged one of these.

        Raises:
            LinkDown: the connection ended before.
        """
        mine: set[int] = set()
        for message in messages:
            while len(self._open) >= self._most or self._why_closed:
                await self._until_moved()
                moved()
            number = self._hand_over(message)
            if message.qos:
                self._open.add(number)
                mine.add(number)
        while left := len(mine & self._open):
            await self._until_moved()
            if len(mine & self._open) < left:
                moved()

    async def until_answered(self, number: int) -> None:
        """Return when something that was sent beside the messages is acknowledged.

        Raises:
            LinkDown: the connection ended before.
        """
        self._open.add(number)
        while number in self._open:
            await self._until_moved()

    def acknowledged(self, number: int) -> None:
        """Take note that the broker has a message."""
        self._open.discard(number)
        self._moved.set()

    def close(self, why: str) -> None:
        """End every `send`: nothing more will be acknowledged."""
        self._why_closed = why or "the connection ended"
        self._moved.set()

    async def _until_moved(self) -> None:
        if self._why_closed:
            raise LinkDown(self._why_closed)
        self._moved.clear()
        await self._moved.wait()

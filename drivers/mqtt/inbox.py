"""Inboxes: what came on one subscription and waits for its one reader, bounded."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Hashable

from drivers.mqtt.message import IncomingMessage


class Inbox:
    """Messages of one subscription, in the order in which the broker sent them.

    One task reads it with `get`. Asking for the next message acknowledges the one before, so the broker holds
    back when the reader is slow: most brokers send 20 messages before they want an acknowledgement. A message
    that finds the inbox full all the same is dropped and counted in `lost`.

    The subscription is made anew on each connection, and the session is clean: what was published while there
    was no connection does not come, unless it was retained.
    """

    def __init__(self, topic: str, *, most: int, acknowledge: Callable[[Hashable], None]) -> None:
        self.topic, self.most = topic, most
        self.lost = 0
        """Messages dropped because the inbox was full."""
        self.why_refused = ""
        """Why the broker does not let us subscribe; empty where it does."""
        self._acknowledge, self._pattern = acknowledge, re.compile(pattern_of(topic), re.DOTALL)
        self._waiting: deque[tuple[IncomingMessage, Hashable]] = deque()
        self._last: Hashable = None
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def matches(self, topic: str) -> bool:
        """Whether a message on that topic belongs here."""
        return self._pattern.fullmatch(topic) is not None

    def put(self, message: IncomingMessage, receipt: Hashable) -> None:
        """Keep a message, or drop it where there is no room.

        Args:
            message: what came.
            receipt: what `acknowledge` wants when the message has been read; None for nothing.
        """
        if len(self._waiting) >= self.most:
            self.lost += 1
            self._acknowledge(receipt)
            return
        self._waiting.append((message, receipt))
        self._arrived.set()

    async def get(self) -> IncomingMessage:
        """Return the next message, when there is one; the one before counts as dealt with."""
        last, self._last = self._last, None
        self._acknowledge(last)
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        message, self._last = self._waiting.popleft()
        return message


def pattern_of(topic: str) -> str:
    """Return a topic filter as a regular expression.

    >>> pattern_of("aios/+/state"), pattern_of("aios/#")
    ('aios/[^/]*/state', 'aios(/.*)?')

    Source: MQTT 3.1.1, 4.7.1: `+` is one level, `#` is the parent and any number of levels.
    """
    if topic == "#":
        return ".*"
    levels = [{"+": "[^/]*", "#": "(/.*)?"}.get(level, re.escape(level)) for level in topic.split("/")]
    return "/".join(levels).replace("/(/.*)?", "(/.*)?")

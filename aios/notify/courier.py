"""The courier: brings what waits to one channel, one after the other, and tries again with growing pauses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from aios.notify.message import Message
from aios.notify.queue import Queue

FIRST_S: Final = 2.0
LONGEST_S: Final = 300.0
_log: Final = structlog.get_logger(__name__)


class NotDelivered(OSError):
    """The other side does not take messages now; the words say what it said. It is tried again."""


class Refused(ValueError):
    """The other side will never take this message: trying again is of no use."""


class Channel(Protocol):
    """Delivers messages."""

    name: str
    """webhook or mail."""

    async def deliver(self, message: Message) -> None:
        """Deliver a message.

        Raises:
            NotDelivered: not now.
            Refused: never.
        """
        ...


def pause_s(tries: int) -> float:
    """Return the pause after so many tries without success, seconds.

    >>> [pause_s(tries) for tries in (1, 2, 3, 20)]
    [2.0, 4.0, 8.0, 300.0]
    """
    return min(LONGEST_S, FIRST_S * 2.0 ** min(tries - 1, 16))


class Courier:
    """Brings messages to one channel."""

    def __init__(self, queue: Queue, channel: Channel, *, now_ns: Callable[[], int]) -> None:
        """Bring from a queue to a channel."""
        self._queue, self._channel, self._now_ns = queue, channel, now_ns
        self.down = ""
        """Why the channel takes nothing; empty while it does."""

    async def bring_one(self) -> bool:
        """Bring the most urgent message that is due; False where none is, or the channel takes none."""
        waiting = self._queue.due(self._channel.name, now_ns=self._now_ns())
        if waiting is None:
            return False
        try:
            await self._channel.deliver(waiting.message)
        except NotDelivered as error:
            self._lost(str(error))
            due_ns = self._now_ns() + round(pause_s(waiting.tries + 1) * 1e9)
            self._queue.put_back(waiting, due_ns=due_ns)
            return False
        except Refused as error:
            _log.error(
                "notification refused", channel=self._channel.name, id=waiting.message.id, why=str(error)
            )
            self._queue.strike_off(waiting)
            return True
        self._queue.strike_off(waiting)
        self._found()
        return True

    def _lost(self, why: str) -> None:
        if not self.down:
            _log.warning("notifications are not delivered", channel=self._channel.name, why=why)
        self.down = why

    def _found(self) -> None:
        if self.down:
            _log.info("notifications are delivered again", channel=self._channel.name)
        self.down = ""

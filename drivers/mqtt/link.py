"""The link to a broker: one connection after the other, for as long as the process lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Hashable, Sequence
from typing import Final

import structlog

from drivers.historian.backoff import Backoff, pause
from drivers.mqtt.address import Address, address_of
from drivers.mqtt.connection import Connection, connection_to
from drivers.mqtt.inbox import Inbox
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.presence import Presence, StatePresence
from drivers.mqtt.window import LinkDown, NotReached
from kernel.ports import Clock

__all__ = ["Address", "LinkDown", "MqttLink", "address_of"]

_INCOMING: Final = 100
"""Messages that an inbox holds where nothing else is said."""
_log: Final = structlog.get_logger(__name__)


class MqttLink:
    """Keeps one connection to a broker: a new client each time, a last will, presence, subscriptions.

    `run` connects again and again until cancelled; `publish` fails at once while there is no connection,
    since what is to be sent waits in the outbox and not here. Who wants to hear something calls `subscribe`
    before `run` and reads the inbox; the subscription is made anew on each connection. Who must do something
    after each connection waits with `connection_after`.
    """

    def __init__(
        self,
        address: Address,
        site: str,
        *,
        clock: Clock,
        deadline_s: float = 5.0,
        backoff: Backoff | None = None,
        presence: Presence | None = None,
    ) -> None:
        self.address = address
        self.connections = 0
        """Connections made so far; the number of the present one while there is one."""
        self.why_down = ""
        """Why there is no connection, with what to do; empty while there is one."""
        self._clock, self._deadline_s = clock, deadline_s
        self._backoff, self._presence = backoff or Backoff(), presence or StatePresence(site)
        self._connection: Connection | None = None
        self._will: OutgoingMessage | None = None
        self._inboxes: tuple[Inbox, ...] = ()
        self._up, self._came = asyncio.Event(), asyncio.Condition()
        self._failures = 0

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def subscribe(self, topic: str, *, most: int = _INCOMING) -> Inbox:
        """Return an inbox for what is published under a topic filter, from the next connection on.

        A message goes to the first inbox whose filter it matches. What the broker had retained may come
        before the connection counts as up: `wait_until_up` before an answer.

        Args:
            topic: filter with `+` and `#`, as MQTT has them; quality of service 1.
            most: messages that may wait, at least 1.
        """
        inbox = Inbox(topic, most=most, acknowledge=_acknowledge)
        self._inboxes += (inbox,)
        return inbox

    async def wait_until_up(self) -> None:
        """Return when there is a connection."""
        await self._up.wait()

    async def connection_after(self, number: int) -> int:
        """Return the number of the next connection after that one, when it stands; the first has number 1."""
        async with self._came:
            await self._came.wait_for(lambda: self.connections > number)
            return self.connections

    async def run(self) -> None:
        """Keep a connection until cancelled; then say farewell and leave."""
        while True:
            try:
                await self._stay_connected()
            except LinkDown as error:
                # A will that no broker has seen serves the next attempt.
                if not isinstance(error, NotReached):
                    self._will = None
                if _is_cancelled():  # leaving a silent broker failed, and must not hide that we were to leave
                    raise asyncio.CancelledError from error
                self._went_away(str(error))
            await pause(self._clock, self._backoff.pause_s(self._failures))

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send messages in order and return when the broker has all of them.

        It has acknowledged those of quality of service 1. Where the last ones are of quality 0, it has
        answered a question that was sent after them. However many there are, they go on for as long as the
        broker acknowledges some of them within each deadline.

        Raises:
            LinkDown: it is not known to have all; send them all again.
        """
        connection = self._connection
        if connection is None:
            why = f": {self.why_down}" if self.why_down else ""
            raise LinkDown(f"no connection to {self.address.host}:{self.address.port}{why}")
        try:
            await self._send(connection, messages)
        except (LinkDown, TimeoutError) as error:
            why = str(error) or f"no acknowledgement within {self._deadline_s} s"
            connection.cut(why)
            raise LinkDown(why) from error

    async def reconnect(self) -> None:
        """Say farewell, leave in order, and let `run` connect anew; nothing where there is no connection."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(LinkDown):
                await self.publish(self._presence.farewell())
            connection.leave("left in order, to connect anew")

    async def _stay_connected(self) -> None:
        self._will = self._will or self._presence.will()
        opening = connection_to(
            self.address, will=self._will, inboxes=self._inboxes, deadline_s=self._deadline_s
        )
        async with opening as connection:
            try:
                await self._begin(connection)
                await connection.until_over()
            except asyncio.CancelledError:
                with contextlib.suppress(LinkDown, TimeoutError):  # the broker then publishes the last will
                    await self._send(connection, self._presence.farewell())
                raise
            finally:
                self._connection = None
                self._up.clear()

    async def _begin(self, connection: Connection) -> None:
        async with asyncio.timeout(self._deadline_s):
            await connection.subscribe()
        await self._send(connection, self._presence.birth())
        if _is_cancelled():  # wait_for of Python 3.11 swallows a cancellation that meets a result
            raise asyncio.CancelledError
        await self._came_up(connection)

    async def _send(self, connection: Connection, messages: Sequence[OutgoingMessage]) -> None:
        """Send messages; the deadline is for each sign of life of the broker, not for all of them.

        Raises:
            LinkDown: the connection ended before.
            TimeoutError: the broker was silent for as long as the deadline.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._deadline_s) as limit:
            await connection.send(messages, lambda: limit.reschedule(loop.time() + self._deadline_s))

    async def _came_up(self, connection: Connection) -> None:
        _log.info("mqtt.connected", host=self.address.host, port=self.address.port, failures=self._failures)
        self._connection, self._failures, self.why_down = connection, 0, ""
        self._up.set()
        async with self._came:
            self.connections += 1
            self._came.notify_all()

    def _went_away(self, reason: str) -> None:
        self._failures += 1
        if self._failures == 1:
            _log.warning("mqtt.lost", host=self.address.host, port=self.address.port, reason=reason)
        self.why_down = reason


def _acknowledge(receipt: Hashable) -> None:
    """Tell the connection on which a message came; one that is over takes no notice."""
    match receipt:
        case (Connection() as connection, int(number)):
            connection.acknowledge(number)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

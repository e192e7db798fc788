"""The link to a broker: the only file that knows aiomqtt."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

import aiomqtt
import msgspec
import structlog

from drivers.historian.backoff import Backoff, pause
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.topics import state_topic
from kernel.ports import Clock

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
_QOS: Final = 1
_IN_FLIGHT: Final = 20
"""Messages on the way at a time; mosquitto's own limit for one client is 20."""
_INCOMING: Final = 100
"""Messages that may wait here; nothing is subscribed, so none should come."""
_NODELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
_log: Final = structlog.get_logger(__name__)


class LinkDown(RuntimeError):
    """The broker is away, or did not acknowledge in time."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker listens."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None


def address_of(url: str) -> Address:
    """Read `uplinks.mqtt` of a site file.

    >>> address_of("mqtt://broker:1884").port
    1884

    Raises:
        ValueError: it is not `mqtt://[user:password@]host[:port]`.
    """
    parts = urlsplit(url)
    if parts.scheme != "mqtt" or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(f"uplinks.mqtt must be mqtt://host:port, not {parts.scheme}://{parts.hostname}")
    return Address(
        host=parts.hostname,
        port=parts.port or 1883,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class MqttLink:
    """Keeps one connection to a broker: a new client each time, a last will, presence.

    `run` connects again and again until cancelled; `publish` fails at once while there is no
    connection, since what is to be sent waits in the outbox and not here.
    """

    def __init__(
        self,
        address: Address,
        site: str,
        *,
        clock: Clock,
        deadline_s: float = 5.0,
        backoff: Backoff | None = None,
    ) -> None:
        self.address = address
        self._site, self._clock, self._deadline_s = site, clock, deadline_s
        self._backoff = backoff or Backoff()
        self._client: aiomqtt.Client | None = None
        self._broken = asyncio.Event()
        self._up = asyncio.Event()
        self._failures = 0

    async def wait_until_up(self) -> None:
        """Return when there is a connection."""
        await self._up.wait()

    async def run(self) -> None:
        """Keep a connection until cancelled; then say offline and leave."""
        while True:
            try:
                await self._stay_connected()
            except (aiomqtt.MqttError, TimeoutError) as error:
                if _is_cancelled():  # leaving a silent broker failed, and must not hide that we were to leave
                    raise asyncio.CancelledError from error
                self._went_away(str(error) or "no answer in time")
            await pause(self._clock, self._backoff.pause_s(self._failures))

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send messages in order and return when the broker has acknowledged all of them.

        Raises:
            LinkDown: not all were acknowledged; send them all again.
        """
        client, broken = self._client, self._broken
        if client is None:
            raise LinkDown(f"no connection to {self.address.host}:{self.address.port}")
        try:
            async with asyncio.timeout(self._deadline_s):
                for start in range(0, len(messages), _IN_FLIGHT):
                    await _send(client, messages[start : start + _IN_FLIGHT])
        except (aiomqtt.MqttError, TimeoutError) as error:
            broken.set()
            raise LinkDown(str(error) or f"no acknowledgement within {self._deadline_s} s") from error

    async def _stay_connected(self) -> None:
        state = state_topic(self._site)
        will = aiomqtt.Will(topic=state, payload=OFFLINE, qos=_QOS, retain=True)
        async with self._new_client(will) as client:
            try:
                await client.publish(state, ONLINE, qos=_QOS, retain=True)
                if _is_cancelled():  # wait_for of Python 3.11 swallows a cancellation that meets a result
                    raise asyncio.CancelledError  # noqa: TRY301 the same end as any cancellation
                self._came_up(client)
                await self._until_broken(client)
            except asyncio.CancelledError:
                with contextlib.suppress(aiomqtt.MqttError):  # a broker that is gone says offline itself
                    await client.publish(state, OFFLINE, qos=_QOS, retain=True)
                raise
            finally:
                self._client = None
                self._up.clear()

    async def _until_broken(self, client: aiomqtt.Client) -> None:
        """Return never: raise when the connection ends or a send has failed."""
        loop = asyncio.get_running_loop()
        reading, broken = loop.create_task(_read_on(client)), loop.create_task(self._broken.wait())
        try:
            await asyncio.wait({reading, broken}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            raise aiomqtt.MqttError("a message was not acknowledged in time")
        finally:
            reading.cancel()
            broken.cancel()
            await asyncio.gather(reading, broken, return_exceptions=True)

    def _new_client(self, will: aiomqtt.Will) -> aiomqtt.Client:
        self._broken = asyncio.Event()
        client = aiomqtt.Client(
            self.address.host,
            self.address.port,
            username=self.address.username,
            password=self.address.password,
            will=will,
            timeout=self._deadline_s,
            keepalive=15,
            max_queued_incoming_messages=_INCOMING,
            max_queued_outgoing_messages=_INCOMING,
            max_inflight_messages=_IN_FLIGHT,
            socket_options=[_NODELAY],
        )
        client.pending_calls_threshold = 2 * _IN_FLIGHT
        return client

    def _came_up(self, client: aiomqtt.Client) -> None:
        _log.info("mqtt.connected", host=self.address.host, port=self.address.port, failures=self._failures)
        self._client, self._failures = client, 0
        self._up.set()

    def _went_away(self, reason: str) -> None:
        self._failures += 1
        if self._failures == 1:
            _log.warning("mqtt.lost", host=self.address.host, port=self.address.port, reason=reason)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _send(client: aiomqtt.Client, messages: Sequence[OutgoingMessage]) -> None:
    """Hand messages over in order, and wait for all acknowledgements together."""
    sending = [
        asyncio.ensure_future(client.publish(m.topic, m.payload, qos=_QOS, retain=m.retain)) for m in messages
    ]
    try:
        await asyncio.gather(*sending)
    finally:
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


async def _read_on(client: aiomqtt.Client) -> None:
    """Read until the connection ends, which aiomqtt tells only to who reads."""
    async for message in client.messages:
        _log.debug("mqtt.unexpected_message", topic=str(message.topic))

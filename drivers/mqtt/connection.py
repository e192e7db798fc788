"""One connection to a broker: the only file that knows aiomqtt, and paho beneath it.

aiomqtt opens and ends the connection. Messages go past its task and event for each of them, straight to paho.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final

import aiomqtt
import structlog

from drivers.mqtt.address import Address
from drivers.mqtt.inbox import Inbox
from drivers.mqtt.message import IncomingMessage, OutgoingMessage
from drivers.mqtt.security import BrokerContext, context_of, finding
from drivers.mqtt.window import LinkDown, NotReached, Window
from kernel.shell.secret import Secret, read_secret

_IN_FLIGHT: Final = 20
"""Messages on the way at a time; mosquitto's own limit for one client is 20."""
_UNCONFIRMED: Final = 100
"""Messages of quality of service 0 after which the broker is asked whether it has read them."""
_KEEPALIVE_S: Final = 15
_NODELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
_NOWHERE: Final = "aios/-"
"""Nobody publishes on it."""
_log: Final = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def connection_to(
    address: Address, *, will: OutgoingMessage | None, inboxes: Sequence[Inbox], deadline_s: float
) -> AsyncIterator[Connection]:
    """Open a connection with a client of its own, and leave in order at the end.

    Args:
        address: of the broker.
        will: what the broker publishes when the connection breaks; None for nothing.
        inboxes: take what comes; `Connection.subscribe` asks for it.
        deadline_s: for each answer of the broker, real seconds.

    Raises:
        LinkDown: it could not be opened, or ended; with the reason and, for certificates, what to do.
        NotReached: the broker has not been told of the will.
    """
    tls: BrokerContext | None = None
    connection: Connection | None = None
    try:
        tls = None if address.tls is None else await asyncio.to_thread(context_of, address.tls)
        password = (
            await asyncio.to_thread(read_secret, address.password_file) if address.password_file else None
        )
        client = _client(address, will, tls, password, deadline_s)
        connection = Connection(client, inboxes)
        async with client:
            connection.open()
            tls = None  # what ends it from now on is no certificate
            try:
                yield connection
            finally:
                connection.close()
    except (aiomqtt.MqttError, OSError) as error:
        told = (connection and connection.why_over) or (tls and tls.ended) or str(error)
        down = LinkDown if connection is not None and connection.reached else NotReached
        raise down(finding(told or "no answer in time")) from error
    finally:
        if connection is not None:
            connection.forget()


def _client(
    address: Address,
    will: OutgoingMessage | None,
    tls: BrokerContext | None,
    password: Secret | None,
    deadline_s: float,
) -> aiomqtt.Client:
    return aiomqtt.Client(
        address.host,
        address.port,
        username=address.username,
        password=None if password is None else password.reveal(),
        will=None if will is None else aiomqtt.Will(will.topic, will.payload, will.qos, will.retain),
        timeout=deadline_s,
        keepalive=_KEEPALIVE_S,
        max_queued_incoming_messages=1,  # none comes there: they go to the inboxes
        max_queued_outgoing_messages=2 * _IN_FLIGHT,
        max_inflight_messages=_IN_FLIGHT,
        socket_options=[_NODELAY],
        tls_context=tls,
    )


def _stretches(messages: Sequence[OutgoingMessage]) -> Iterator[Sequence[OutgoingMessage]]:
    """Give messages that are not acknowledged some at a time, and others all at once."""
    if messages and messages[-1].qos == 0:
        for begin in range(0, len(messages), _UNCONFIRMED):
            yield messages[begin : begin + _UNCONFIRMED]
    else:
        yield messages


class Connection:
    """One connection: its window, its subscriptions, and how it ends."""

    def __init__(self, client: aiomqtt.Client, inboxes: Sequence[Inbox]) -> None:
        self.why_over, self.reached = "", False
        self._client, self._inboxes = client, inboxes
        self._paho: Any = client._client  # noqa: SLF001 - aiomqtt has no door for a stream of messages
        self._window = Window(self._hand_over, most=_IN_FLIGHT)
        self._loop, self._writes_soon = asyncio.get_running_loop(), False
        self._granted: Any = None
        self._ended: Any = None
        self._opened: Any = self._paho.on_socket_open
        self._paho.on_socket_open = self._reaches

    def open(self) -> None:
        """Take messages past aiomqtt, from now on."""
        self._paho.on_publish = lambda _client, _user, number, *_: self._window.acknowledged(number)
        self._paho.on_subscribe = self._grants
        self._ended, self._paho.on_disconnect = self._paho.on_disconnect, self._ends
        self._paho.on_message = self._heard
        self._paho.manual_ack_set(on=True)
        # aiomqtt watches the socket for each write; most writes fit at once, and then that is what they cost.
        self._paho.on_socket_register_write = self._wants_to_write
        self._paho.on_socket_unregister_write = self._wrote

    async def subscribe(self) -> None:
        """Ask for what the inboxes want; one that the broker refuses says why.

        Raises:
            LinkDown: the broker did not answer.
        """
        for inbox in self._inboxes:
            await self._answer_to(self._paho.subscribe(inbox.topic, qos=1))
            answer, self._granted = self._granted, None
            refused = getattr(answer, "is_failure", False)
            inbox.why_refused = f"the broker does not let us subscribe to {inbox.topic}" if refused else ""
            if refused:
                _log.error("mqtt.subscription_refused", topic=inbox.topic, answer=str(answer))

    async def send(self, messages: Sequence[OutgoingMessage], moved: Callable[[], None]) -> None:
        """Send messages in order; return when the broker has all of them.

        Args:
            messages: any number of them.
            moved: is told whenever the broker has shown that it has more of them.

        Raises:
            LinkDown: the connection ended before.
        """
        for some in _stretches(messages):
            await self._window.send(some, moved)
            if some and some[-1].qos == 0:
                # To subscribe once more is a question that a broker must answer (MQTT 3.1.1, 3.8.4); some do
                # not answer who leaves what he never had.
                again = self._inboxes[0].topic if self._inboxes else _NOWHERE
                await self._answer_to(self._paho.subscribe(again, qos=1))
                moved()

    async def until_over(self) -> None:
        """Return never: raise when the connection ends, which aiomqtt tells only to who reads."""
        try:
            async for _ in self._client.messages:
                pass
        except aiomqtt.MqttError as error:
            raise LinkDown(
                self.why_over or f"the connection was lost ({error.__cause__ or error})"
            ) from error

    def acknowledge(self, number: int) -> None:
        """Tell the broker that a message was dealt with."""
        self._paho.ack(number, 1)

    def cut(self, why: str) -> None:
        """End it without a word, so that the broker publishes the last will."""
        self.why_over = self.why_over or why
        with contextlib.suppress(OSError, AttributeError):  # it is gone already
            self._paho.socket().shutdown(socket.SHUT_RDWR)

    def leave(self, why: str) -> None:
        """End it in order, without a last will."""
        self.why_over = self.why_over or why
        self._paho.disconnect()

    def close(self) -> None:
        """End everyone who still sends."""
        self._window.close(self.why_over)

    def forget(self) -> None:
        """Let go of the socket, and look at how it ended, or asyncio reports an error that nobody saw."""
        if self._paho.socket() is not None:  # a broker that talks rubbish: paho keeps it open
            self._paho._sock_close()  # noqa: SLF001 - it takes the socket out of the loop as well
        ended = self._client._disconnected  # noqa: SLF001 - nothing else tells it
        if ended.done() and not ended.cancelled():
            ended.exception()

    def _reaches(self, *of_socket: Any) -> None:
        """Take note that the socket is open: what follows at once is CONNECT, with the will."""
        self.reached = True
        self._opened(*of_socket)

    def _ends(self, *of_connection: Any) -> None:
        """End at once everyone who waits for an answer."""
        self.close()
        self._ended(*of_connection)

    def _grants(self, _client: Any, _user: Any, number: int, answers: Sequence[Any], *_: Any) -> None:
        self._granted = answers[0] if answers else None
        self._window.acknowledged(number)

    async def _answer_to(self, asked: tuple[Any, int | None]) -> None:
        _, number = asked
        if number is None:
            raise LinkDown("the connection ended")
        await self._window.until_answered(number)

    def _hand_over(self, message: OutgoingMessage) -> int:
        handed = self._paho.publish(message.topic, message.payload, message.qos, message.retain)
        if handed.rc != 0:
            raise LinkDown(f"the message was not taken (paho {handed.rc})")
        return int(handed.mid)

    def _heard(self, _client: Any, _user: Any, heard: Any) -> None:
        receipt = (self, heard.mid) if heard.qos else None
        try:
            message = IncomingMessage(topic=heard.topic, payload=heard.payload, retained=heard.retain)
        except UnicodeDecodeError:  # a topic that is no text: nobody could have subscribed to it
            message = IncomingMessage(topic="", payload=b"")
        for inbox in self._inboxes:
            if inbox.matches(message.topic):
                inbox.put(message, receipt)
                return
        if receipt is not None:
            self.acknowledge(heard.mid)

    def _wants_to_write(self, *_: Any) -> None:
        if not self._writes_soon:
            self._writes_soon = True
            self._loop.call_soon(self._write)

    def _wrote(self, _client: Any, _user: Any, sock: Any) -> None:
        self._loop.remove_writer(sock.fileno())

    def _write(self) -> None:
        self._writes_soon = False
        try:
            self._paho.loop_write()
        except OSError as error:
            self.cut(str(error))
        if self._paho.want_write() and (sock := self._paho.socket()) is not None:
            self._loop.add_writer(sock.fileno(), self._write)

"""Malformed MQTT: payloads at everything that reads one, and packets at the client's socket.

Payloads are Sparkplug B commands, STATE messages of a primary host, signed commands, and what the historian's
process hands on to the gateway. Packets come from a broker that speaks MQTT until it is told to talk rubbish.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.historian.backoff import Backoff
from drivers.mqtt.address import address_of
from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import OutgoingMessage
from edge.intake.token import Unverified, Verified, sign, verified
from kernel.remote import CommandClaims, NotTaken
from kernel.shell.clock import SystemClock
from kernel.shell.wire import HearCommand, frame, read_request
from tests.reliability.malformed import Found
from tests.reliability.mutate import mutated

PACKETS_A_CONNECTION: Final = 5
SOCKET_SHARE: Final = 100
"""Of so many inputs one is a packet on a real socket; at least two connections are made."""

# One key for all runs: what is damaged must be the same for a seed.
_PRIVATE: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_CLAIMS: Final = CommandClaims(
    v=1, jti="c1", aud="nord", sub="ann", iat=1000.0, exp=1060.0, point="bat/setpoint", value=5.0,
    unit="kW", reason="peak",
)  # fmt: skip
TOKEN: Final = sign(_CLAIMS, _PRIVATE, key="dispatch").encode()
HEARD: Final = frame(HearCommand(token=TOKEN.decode()))


def hear_token(raw: bytes) -> str:
    """Verify a token as the gateway does; nothing but the one that was signed is believed."""
    text = raw.decode("ascii", errors="replace")
    answer = verified(
        text, lambda name: _PRIVATE.public_key() if name == "dispatch" else NotTaken.UNKNOWN_KEY
    )
    if isinstance(answer, Unverified):
        return str(answer.refusal)
    if not isinstance(answer, Verified) or answer.claims != _CLAIMS:
        raise AssertionError(f"believed {text[:80]}")
    return "verified"


def hear_frame(raw: bytes) -> str:
    """Read a frame of the local socket as the gateway does."""
    try:
        return type(read_request(raw[4:])).__name__
    except (msgspec.DecodeError, ValueError):
        return "no request"


Payload = tuple[str, bytes, Callable[[bytes], str]]


def payloads() -> tuple[Payload, ...]:
    """Return every reader of payloads with a valid one."""
    return (("token", TOKEN, hear_token), ("local socket", HEARD, hear_frame), *_sparkplug())


def _sparkplug() -> tuple[Payload, ...]:
    from drivers.mqtt.sparkplug.host import asks_for_rebirth, host_state_of
    from drivers.mqtt.sparkplug.names import REBIRTH
    from drivers.mqtt.sparkplug.payload import DataType, Metric, NotSparkplug, Payload, decode, encode

    metrics = (
        Metric(name=REBIRTH, value=True, datatype=DataType.BOOLEAN, told_type=True, at_ms=5),
        Metric(name="bat/power", alias=3, value=-5.25, datatype=DataType.DOUBLE, told_type=True),
        Metric(name="text", value="äöü", datatype=DataType.STRING, properties={"Quality": 192}),
    )
    command = encode(Payload(at_ms=1_800_000_000_000, seq=7, metrics=metrics))

    def read(raw: bytes) -> str:
        try:
            return f"payload of {min(len(decode(raw).metrics), 4)}"
        except NotSparkplug:
            return "not Sparkplug"

    return (
        ("Sparkplug payload", command, read),
        ("NCMD", command, lambda raw: f"rebirth {asks_for_rebirth(raw)}"),
        ("STATE", b'{"online": true, "timestamp": 1800000000000}',
         lambda raw: "state" if host_state_of(raw) else "no state"),
    )  # fmt: skip


def malformed_payloads(seed: int, count: int, found: Found) -> None:
    """Hand `count` malformed payloads to their readers, in turn; each reads a valid one now and then."""
    dice = random.Random(f"{seed}/payloads")
    readers = payloads()
    for number in range(count):
        name, valid, reader = readers[number % len(readers)]
        raw = mutated(valid, dice)
        try:
            found.counts[f"{name}: {reader(raw)}"] += 1
        except Exception as failure:  # noqa: BLE001 - that is what is looked for
            found.breaks(f"{name}: {type(failure).__name__}: {failure} at {raw[:40].hex()}")
        if number % 1000 < len(readers):
            with found.valid():
                reader(valid)


def publish(topic: str, payload: bytes, number: int) -> bytes:
    """Return a PUBLISH of quality of service 1. Source: MQTT 3.1.1, 3.3."""
    rest = len(topic).to_bytes(2) + topic.encode() + number.to_bytes(2) + payload
    return b"\x32" + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    """Return a remaining length. Source: MQTT 3.1.1, 2.2.3."""
    digits = bytearray()
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(digits)


VALID: Final = (
    *(publish("aios/nord/commands", TOKEN, 7), publish("aios/nord/x", b"{}", 8)),
    *(b"\x20\x02\x00\x00", b"\x40\x02\x00\x01", b"\x90\x03\x00\x01\x01", b"\xb0\x02\x00\x02", b"\xd0\x00"),
)
"""PUBLISH, CONNACK, PUBACK, SUBACK, UNSUBACK and PINGRESP as a broker sends them."""


class RubbishBroker:
    """Speaks enough MQTT 3.1.1 for a client to be content; on every other connection, rubbish."""

    def __init__(self, dice: random.Random, found: Found) -> None:
        self.connections = 0
        self.packets = 0
        self.is_sober = False
        """Talks no more rubbish."""
        self._came = asyncio.Event()
        self._dice, self._found = dice, found
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any] | None] = set()

    @property
    def talks_rubbish(self) -> bool:
        """Whether the present connection is one of rubbish: the first, the third ..."""
        return self.connections % 2 == 1 and not self.is_sober

    async def until_after(self, number: int) -> None:
        """Return when there have been more connections than that."""
        while self.connections <= number:
            self._came.clear()
            await self._came.wait()

    async def open(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*(task for task in self._serving if task is not None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._came.set()
        talks_rubbish = self.talks_rubbish
        self._writers.add(writer)
        self._serving.add(asyncio.current_task())
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, body = await _packet(reader)
                if kind == 14:  # DISCONNECT: a broker hangs up
                    break
                answers = _answers(kind, body)
                for answer in answers:
                    writer.write(answer)
                await writer.drain()
                if talks_rubbish and kind == 8:  # subscribed: now it hears
                    await self._talk_rubbish(writer)
        self._writers.discard(writer)
        self._serving.discard(asyncio.current_task())
        writer.transport.abort()

    async def _talk_rubbish(self, writer: asyncio.StreamWriter) -> None:
        for _ in range(PACKETS_A_CONNECTION):
            writer.write(mutated(self._dice.choice(VALID), self._dice))
            self.packets += 1
            await writer.drain()
            await asyncio.sleep(0)
        raise EOFError


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0] >> 4
    size, shift = 0, 0
    while True:
        digit = (await reader.readexactly(1))[0]
        size |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return kind, await reader.readexactly(size)


def _answers(kind: int, body: bytes) -> list[bytes]:
    """Answer what a client sends: CONNECT, PUBLISH, SUBSCRIBE with a message, UNSUBSCRIBE, PINGREQ."""
    match kind:
        case 1:
            return [b"\x20\x02\x00\x00"]
        case 3:
            after = 2 + int.from_bytes(body[:2])
            return [b"\x40\x02" + body[after : after + 2]]
        case 8:
            return [b"\x90\x03" + body[:2] + b"\x01", publish("aios/nord/commands", b"valid", 9)]
        case 10:
            return [b"\xb0\x02" + body[:2]]
        case 12:
            return [b"\xd0\x00"]
    return []


async def malformed_packets(seed: int, count: int, found: Found) -> None:
    """Let a broker send `count` malformed packets; the connection after each rubbish one must work."""
    failures: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: failures.append(told))
    broker = RubbishBroker(random.Random(f"{seed}/packets"), found)
    port = await broker.open()
    link = MqttLink(
        address_of(f"mqtt://127.0.0.1:{port}"), "nord", clock=SystemClock(), deadline_s=2.0,
        backoff=Backoff(first_s=0.001, longest_s=0.01),
    )  # fmt: skip
    inbox = link.subscribe("aios/nord/commands")
    running = asyncio.ensure_future(link.run())
    try:
        while broker.packets < count:
            await _through_rubbish(link, inbox, broker, found)
        broker.is_sober = True
        await link.wait_until_up()  # aiomqtt complains when it is cancelled while it connects
    finally:
        running.cancel()
        await asyncio.wait([running])
        await broker.close()
    found.counts["packets on a socket"] += broker.packets
    for told in failures:
        error = told.get("exception")
        found.breaks(f"packets: in a callback: {type(error).__name__}: {error or told.get('message')}")
    if not running.cancelled() and running.exception() is not None:
        found.breaks(f"packets: the link ended: {running.exception()!r}")


async def _through_rubbish(link: MqttLink, inbox: Any, broker: RubbishBroker, found: Found) -> None:
    """Wait through a connection of rubbish for the sound one after it, and use that."""
    try:
        async with asyncio.timeout(10.0):
            await link.wait_until_up()
            while broker.talks_rubbish:
                await asyncio.sleep(0.001)
                await link.wait_until_up()
    except TimeoutError:
        found.breaks(f"packets: not connected again after {broker.connections} connections: {link.why_down}")
        raise
    with found.valid():
        try:
            await link.publish([OutgoingMessage(topic="aios/nord/x", payload=b"{}")])
            async with asyncio.timeout(2.0):
                while (await inbox.get()).payload != b"valid":
                    pass
        except (LinkDown, TimeoutError) as failure:
            found.breaks(f"packets: a sound connection does not work: {failure!r}")
    before = broker.connections
    await link.reconnect()
    async with asyncio.timeout(10.0):
        await broker.until_after(before)

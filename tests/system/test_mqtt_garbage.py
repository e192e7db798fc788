"""A broker that talks rubbish costs a connection and nothing more."""

import asyncio
import random

import pytest

from drivers.historian.backoff import Backoff
from drivers.mqtt.link import MqttLink, address_of
from kernel.shell.clock import SystemClock

pytestmark = pytest.mark.system
QUICK = Backoff(first_s=0.01, longest_s=0.02)
CONNACK, PUBACK = b"\x20\x02\x00\x00", b"\x40\x02\x00\x01"
RUBBISH = {
    "a length that never ends": b"\x30\xff\xff\xff\xff\xff",
    "a publish shorter than its topic": b"\x30\x03\x00\x10a",
    "a publish with a topic that is no text": b"\x32\x07\x00\x02\xff\xfe\x00\x01x",
    "an acknowledgement of nothing": b"\x40\x02\xff\xff",
    "an acknowledgement without a number": b"\x40\x00",
    "a type that there is not": b"\x00\x00",
    "a second greeting": CONNACK,
    "quality of service 3": b"\x36\x05\x00\x01a\x00\x01",
    "noise": bytes(random.Random(4).randbytes(200)),
}
ENDS_IT = {RUBBISH[name] for name in ("a publish shorter than its topic", "a type that there is not")}
"""Of these the client must let go by itself; with the others it may wait for more."""


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
async def test_rubbish_from_a_broker_ends_no_more_than_its_connection(rubbish):
    closed, connections = asyncio.Event(), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read(1024)
        writer.write(CONNACK)
        await reader.read(1024)
        writer.write(PUBACK)
        if connections == 1:
            writer.write(rubbish)
            if rubbish not in ENDS_IT:
                writer.write_eof()
        while await reader.read(1024):
            pass
        closed.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        address = address_of(f"mqtt://127.0.0.1:{port}")
        link = MqttLink(address, "nord", clock=SystemClock(), backoff=QUICK, deadline_s=0.3)
        running = asyncio.create_task(link.run())
        assert await link.connection_after(1) == 2
        await closed.wait()  # the first one was given back to the machine
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_error_of_our_own_while_reading_ends_the_connection_and_gives_it_back():
    closed, told = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await reader.read(1024)
        writer.write(PUBACK)
        await told.wait()
        writer.write(b"\x30\x04\x00\x01ax")  # a publish on topic a
        while await reader.read(1024):
            pass
        closed.set()
        writer.close()

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        address = address_of(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        link = MqttLink(address, "nord", clock=SystemClock(), backoff=QUICK, deadline_s=0.3)
        running = asyncio.create_task(link.run())
        await link.wait_until_up()
        link._connection._paho.on_message = explode
        told.set()
        await closed.wait()
        assert await link.connection_after(1) == 2
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

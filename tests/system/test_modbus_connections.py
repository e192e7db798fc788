"""Connections to Modbus devices: refused, lost, taken back, and made again after a pause."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
import uvloop

from drivers.modbus.entry import Table
from drivers.modbus.link import LinkDown, NoAnswer
from drivers.modbus.route import TcpRoute
from drivers.modbus.server import Silence, TcpServer
from drivers.modbus.stream_link import LONGEST_PAUSE_S, tcp_link
from kernel.command import Transmission
from kernel.quality import OLD
from tests.system.modbus_wire import (
    BREAKER,
    HOST,
    WallClock,
    breaker,
    driver_on,
    linked,
    meter,
    pulse,
    scripted,
    serving,
)

pytestmark = pytest.mark.system


async def test_nothing_leaves_for_a_device_that_does_not_listen_and_its_return_is_noticed():
    bank = breaker()
    async with serving(bank) as server, linked(server.port) as link:
        driver = driver_on(BREAKER, link)
        assert not (await driver.read()).quality.any()
        await server.silence(Silence.CLOSED)
        await asyncio.sleep(0)
        assert ((await driver.read()).quality & OLD).all()
        assert (await driver.write(pulse())).transmission is Transmission.NOT_SENT
        await server.silence(Silence.NONE)
        async with asyncio.timeout(5):
            while (await driver.read()).quality.any():  # noqa: ASYNC110 - the link tells nobody
                await asyncio.sleep(0)
    assert bank.journal == ()


async def test_a_cancelled_caller_takes_its_connection_with_it():
    asked, over = asyncio.Event(), asyncio.Event()
    connections = []

    async def reply(request: bytes) -> bytes:
        connections.append(request)
        asked.set()
        if len(connections) == 1:
            await over.wait()
        return bytes.fromhex("0001 0000 0005 01 03 02 0007")

    async with scripted(reply) as port, linked(port) as link:
        reading = asyncio.create_task(link.read(1, Table.HOLDING, 0, 1))
        await asked.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await link.read(1, Table.HOLDING, 0, 1) == [7]
        over.set()
    # transaction 1 again: it is the first one of a new connection
    assert [frame[:2] for frame in connections] == [b"\0\1", b"\0\1"]


async def test_a_connection_closed_instead_of_an_answer_does_not_wait_for_the_time_out():
    async def reply(request: bytes) -> None:
        return None

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link, asyncio.timeout(5):
        with pytest.raises(NoAnswer, match="closed"):
            await link.write(1, Table.COIL, 0, [1])


async def test_the_pause_between_attempts_doubles_up_to_two_seconds():
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind((HOST, 0))
        link = tcp_link(HOST, taken.getsockname()[1])
        pauses = []
        for _ in range(7):
            with pytest.raises(LinkDown, match="cannot be reached"):
                await link.read(1, Table.COIL, 0, 1)
            with pytest.raises(LinkDown, match="due later"):
                await link.read(1, Table.COIL, 0, 1)
            pauses.append(link._pause_s)
            link._next_attempt_s = 0.0
        assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


async def test_small_requests_do_not_wait_for_more():
    async with serving(meter()) as server, linked(server.port) as link:
        await link.open()
        raw = link._talk._transport.get_extra_info("socket")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@contextmanager
def hanging_up(*, reset: bool) -> Iterator[int]:
    """A device in a thread of its own that accepts connections and closes each at once, by FIN or RST."""
    with socket.create_server((HOST, 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    if reset:
                        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    taken.close()

        thread = Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


async def reach(port: int, connects: int) -> set[Transmission]:
    """Read and write a breaker as often; return how the writes ended."""
    ends = set()
    async with linked(port, timeout_s=5.0) as link:
        driver = driver_on(BREAKER, link)
        for _ in range(connects):
            link._next_attempt_s = 0.0
            assert ((await driver.read()).quality & OLD).all()
            link._next_attempt_s = 0.0
            ends.add((await driver.write(pulse())).transmission)
    return ends


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_device_that_accepts_and_closes_at_once_is_away_and_nothing_else(run, reset):
    with hanging_up(reset=reset) as port:
        assert run(reach(port, 300)) <= {Transmission.NOT_SENT, Transmission.NO_ANSWER}


async def test_a_connection_that_is_gone_before_its_first_request_is_a_link_that_is_down(monkeypatch):
    connect = TcpRoute.connect

    async def connect_and_lose(route, listening):
        talk = listening()
        await connect(route, lambda: talk)
        talk._transport.close()

    async with serving(meter()) as server, linked(server.port) as link:
        with monkeypatch.context() as patched:
            patched.setattr(TcpRoute, "connect", connect_and_lose)
            with pytest.raises(LinkDown, match="cannot be reached"):
                await link.ready()
            assert link._pause_s > 0.0
        link._next_attempt_s = 0.0
        assert len(await link.read(1, Table.INPUT, 0, 2)) == 2


async def test_opening_a_link_to_a_device_that_is_away_is_no_error():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        async with linked(taken.getsockname()[1]) as link:
            await link.open()
            with pytest.raises(LinkDown):
                await link.read(1, Table.INPUT, 0, 2)


async def test_two_servers_cannot_share_a_port():
    async with serving(meter()) as server:
        with pytest.raises(RuntimeError):
            await TcpServer(meter(), WallClock(), port=server.port).open()

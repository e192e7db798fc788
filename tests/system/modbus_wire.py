"""Modbus over real sockets: for tests our server, our link, devices, and servers that follow a script."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.driver import make
from drivers.modbus.frame import INCOMPLETE, fault_of_reply
from drivers.modbus.map import load_map
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import StreamLink, tcp_link
from kernel.asset import Asset
from kernel.command import Command
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.make import make_bank

HOST = "127.0.0.1"
SHORT_S = 0.15


class WallClock:
    """Operational time at real pace."""

    factor = 1.0

    def now_ns(self) -> int:
        return time.time_ns()

    async def sleep_until(self, at_ns: int) -> None:
        await asyncio.sleep((at_ns - self.now_ns()) / 1e9)


class Recorder:
    """A bank that holds given cells and remembers what was written."""

    def __init__(self, cells: dict[tuple[str, int], int]) -> None:
        self.cells = cells
        self.writes: list[tuple[str, int, list[int]]] = []

    def read(self, table, address, count, now_ns):
        try:
            return [self.cells[table, place] for place in range(address, address + count)]
        except KeyError:
            raise IllegalAddress(table, address, count) from None

    def write(self, table, address, values, now_ns):
        self.writes.append((table, address, list(values)))


@asynccontextmanager
async def serving(bank, **more):
    server = TcpServer(bank, WallClock(), **more)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def linked(port: int, timeout_s: float = 2.0):
    link = tcp_link(HOST, port, timeout_s=timeout_s)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def scripted(reply: Callable[[bytes], Awaitable[bytes | None]]):
    """A server that answers each packet as the script says; after half an answer or None it hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.read(1000):
                answer = await reply(request)
                writer.write(answer or b"")
                if answer is None or fault_of_reply(request, answer) is INCOMPLETE:
                    break
        except ConnectionResetError:
            pass  # the client under test drops connections at will
        finally:
            writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


METER = Device(name="meter_f11", asset="f11", map="feeder_meter")
BREAKER = Device(name="breaker_cb15", asset="cb15", map="breaker")
WORLD = {"active_power": 6000.0, "reactive_power": 1200.0, "voltage": 20.5, "current": 172.5}


def meter():
    bank = make_bank(METER, Asset(name="f11", kind="feeder"))
    bank.sense(WORLD, 0)
    return bank


def breaker():
    return make_bank(BREAKER, Asset(name="cb15", kind="breaker"), {"position": 1.0})


def driver_on(device: Device, link: StreamLink):
    points = load_map(device.map).points(device.asset, device.name)
    return make(device, points, range(len(points)), WallClock(), link)


def pulse() -> Command:
    return Command(
        id="c1", trace="t", point="cb15/close", value=1.0, operation=Operation.PULSE, tick=1, issued_at_ns=0,
        valid_until_ns=2**62, authority="gate", revision="r", reason="test",
    )  # fmt: skip

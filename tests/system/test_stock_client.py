"""A Modbus client that is not ours reads and writes a device, and the gateway shows it within two scans.

The frames are made by hand here from the Modbus specification: nothing of our codec or of pymodbus stands
between this test and the device's socket.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aios.folder import Folder
from aios.gateway.agents import crew_of
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.gateway.past import past_of
from aios.site import site_of
from edge.gateway import Gateway
from kernel.pipe.tick import Decided, Inputs
from kernel.quality import is_good
from kernel.shell.clock import ScaledClock
from kernel.shell.socket import connect
from kernel.shell.wire import GetSnapshot, Snapshot
from kernel.shell.worker import InlineWorkers
from policies.embedded import EmbeddedGate
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers

pytestmark = pytest.mark.system

SETPOINT = "bat1/active_power_setpoint"
SITE = """
[site]
name = "stock"
title = "Stock client"
base_tick_s = 0.1

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "bat1"
kind = "battery"
upstream = "grid"
ratings = { power_kw = 4000.0, energy_kwh = 8000.0 }

[[device]]
name = "inverter"
asset = "bat1"
map = "battery_inverter"
port = PORT

[policies]
names = ["der_reversion_required"]
"""


class Ticks:
    """Hears every tick and tells in which one a point first showed a value."""

    def __init__(self) -> None:
        self.newest = -1
        self._waiting: list[tuple[float, asyncio.Future[int]]] = []

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        self.newest = inputs.tick
        reading = decided.state.image.reading(self.row)
        for value, future in self._waiting:
            if reading.usable == value and not future.done():
                future.set_result(inputs.tick)

    async def shows(self, value: float) -> int:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, future))
        async with asyncio.timeout(20):
            return await future

    row = 0


@dataclass
class Place:
    """A device on its socket and a gateway that reads it."""

    port: int
    ticks: Ticks
    folder: Folder


def gateway_of(text: str, root: Path, ticks: Ticks) -> tuple[Assembly, Gateway]:
    site, folder = site_of(text), Folder(root=root)
    clock = ScaledClock(start_ns=time.time_ns(), factor=1.0, real_start_ns=time.monotonic_ns())
    around = Surroundings(
        clock=clock,
        gate=EmbeddedGate(bundle_of(site)),
        workers=InlineWorkers(crew_of(site), past_of(site, root, clock.now_ns()), clock),
        link=lambda _: None,
        threaded=True,
        run="stock",
    )
    ticks.row = site.row[SETPOINT]
    assembly = assemble(site, text, folder, around, (ticks,))
    return assembly, Gateway(assembly.kernel, assembly.buses, assembly.desk, folder.socket)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    site, ticks = site_of(SITE.replace("PORT", "0")), Ticks()
    clock = ScaledClock(start_ns=time.time_ns(), factor=1.0, real_start_ns=time.monotonic_ns())
    (device,) = site.devices
    async with FieldServers({device: make_bank(device, site.asset["bat1"])}, clock) as servers:
        port = servers.ports["inverter"]
        assembly, gateway = gateway_of(SITE.replace("PORT", str(port)), tmp_path, ticks)
        living = asyncio.create_task(gateway.run())
        await ticks.shows(0.0)
        yield Place(port, ticks, Folder(root=tmp_path))
        gateway.stop()
        await living
        assembly.close()


def exchange(port: int, frame: bytes) -> bytes:
    """Send one frame over a plain socket and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(frame)
        head = line.recv(6, socket.MSG_WAITALL)
        return head + line.recv(struct.unpack(">H", head[4:])[0], socket.MSG_WAITALL)


WRITE = bytes.fromhex(
    "0007 0000 0013 01"  # transaction 7, Modbus, 19 bytes follow, unit 1
    "10 0064 0006 0c"  # write registers 100 to 105, 12 bytes
    "0029"  # sequence 41
    "ffffe2b4"  # -750.0 kW in tenths
    "00000000"  # fall back to 0 kW
    "0258"  # after 600 s
)
READ = bytes.fromhex("0008 0000 0006 01 03 0064 0006")  # read registers 100 to 105: 12 bytes


async def test_a_foreign_client_reads_what_it_wrote(place: Place) -> None:
    written = await asyncio.to_thread(exchange, place.port, WRITE)
    assert written == bytes.fromhex("0007 0000 0006 01 10 0064 0006")
    read = await asyncio.to_thread(exchange, place.port, READ)
    assert read == bytes.fromhex("0008 0000 000f 01 03 0c 0029 ffffe2b4 00000000 0258")


async def test_what_a_foreign_client_writes_shows_at_the_gateway_within_two_scans(place: Place) -> None:
    await asyncio.to_thread(exchange, place.port, WRITE)
    before = place.ticks.newest
    assert await place.ticks.shows(-750.0) - before <= 2
    client = await connect(place.folder.socket)
    answer = await client.ask(GetSnapshot())
    await client.close()
    assert isinstance(answer, Snapshot)
    shown = {point.point: point for point in answer.points}
    assert shown[SETPOINT].value == -750.0
    assert is_good(shown[SETPOINT].quality)
    assert shown["bat1/setpoint_sequence"].value == 41.0


async def test_what_the_device_refuses_does_not_show(place: Place) -> None:
    too_much = WRITE.replace(bytes.fromhex("ffffe2b4"), bytes.fromhex("7fffffff"))
    refused = await asyncio.to_thread(exchange, place.port, too_much)
    assert refused == bytes.fromhex("0007 0000 0003 01 90 03")
    client = await connect(place.folder.socket)
    answer = await client.ask(GetSnapshot())
    await client.close()
    assert isinstance(answer, Snapshot)
    assert next(point.value for point in answer.points if point.point == SETPOINT) == 0.0

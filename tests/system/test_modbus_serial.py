"""RTU on serial lines and behind TCP ports: our link and our server, and mbpoll, which is not ours."""

import asyncio
import subprocess
from contextlib import asynccontextmanager

import pytest
import uvloop

from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, LinkDown, NoAnswer
from drivers.modbus.route import SerialRoute, TcpRoute
from drivers.modbus.server import SerialServer, Silence, TcpServer
from drivers.modbus.stream_link import StreamLink
from tests.system.modbus_wire import HOST, METER, WORLD, Recorder, WallClock, driver_on, meter
from tests.system.serial_line import serial_line

pytestmark = pytest.mark.system


TIMEOUT_S = 0.5
"""Real seconds: connecting on a busy machine takes its time too."""


def cells() -> Recorder:
    holding = {(Table.HOLDING, place): 100 + place for place in range(10)}
    return Recorder({**holding, **{(Table.COIL, place): place % 2 for place in range(10)}})


@asynccontextmanager
async def open_both(link, server):
    await server.open()
    try:
        yield link, server
    finally:
        await link.close()
        await server.close()


@asynccontextmanager
async def on_a_line(banks, **more):
    with serial_line() as (ours, theirs):
        more = {"parity": "none", **more}  # a pseudo terminal has none
        link = StreamLink(SerialRoute(path=ours, **more), timeout_s=TIMEOUT_S)
        async with open_both(link, SerialServer(banks, WallClock(), theirs, **more)) as both:
            yield both


@asynccontextmanager
async def behind_a_port(banks):
    server = TcpServer(banks, WallClock(), rtu=True)
    await server.open()
    link = StreamLink(TcpRoute(host=HOST, port=server.port, rtu=True), timeout_s=TIMEOUT_S)
    try:
        yield link, server
    finally:
        await link.close()
        await server.close()


WIRES = {"serial line": on_a_line, "behind a port": behind_a_port}


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
async def test_two_units_of_one_line_are_read_and_written(wire):
    first, second = cells(), cells()
    second.cells[Table.HOLDING, 0] = 200
    async with wire({1: first, 7: second}) as (link, _):
        assert await link.read(1, Table.HOLDING, 0, 3) == [100, 101, 102]
        assert await link.read(7, Table.HOLDING, 0, 1) == [200]
        assert await link.read(7, Table.COIL, 0, 9) == [0, 1, 0, 1, 0, 1, 0, 1, 0]
        await link.write(1, Table.HOLDING, 4, [7])
        await link.write(7, Table.HOLDING, 4, [8, 9])
        await link.write(7, Table.COIL, 1, [1])
        await link.write(7, Table.COIL, 1, [1, 0, 1])
        with pytest.raises(DeviceException, match="illegal data address"):
            await link.read(1, Table.HOLDING, 9, 2)
    assert first.writes == [(Table.HOLDING, 4, [7])]
    assert second.writes == [
        (Table.HOLDING, 4, [8, 9]),
        (Table.COIL, 1, [1]),
        (Table.COIL, 1, [1, 0, 1]),
    ]


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
async def test_a_unit_that_is_silent_does_not_silence_its_line(wire):
    async with wire({1: cells(), 2: cells()}) as (link, server):
        with pytest.raises(NoAnswer):
            await link.read(3, Table.HOLDING, 0, 1)
        await server.silence(Silence.NO_ANSWER, unit=2)
        assert await link.read(1, Table.HOLDING, 0, 1) == [100]
        with pytest.raises(NoAnswer):
            await link.read(2, Table.HOLDING, 0, 1)
        assert await link.read(1, Table.HOLDING, 0, 1) == [100]
        await server.silence(Silence.NONE, unit=2)
        assert await link.read(2, Table.HOLDING, 0, 1) == [100]


def test_a_driver_reads_a_device_on_a_serial_line_under_uvloop():
    async def read():
        async with on_a_line({1: meter()}, baud=9600, parity="none", stop_bits=2) as (link, _):
            return await driver_on(METER, link).read()

    block = uvloop.run(read())
    assert block.value.tolist() == list(WORLD.values())
    assert not block.quality.any()


async def test_a_serial_port_that_is_not_there_is_a_link_that_is_down_and_says_why(tmp_path):
    link = StreamLink(SerialRoute(path=str(tmp_path / "ttyS9")))
    with pytest.raises(LinkDown, match=r"ttyS9 cannot be reached: .*No such file"):
        await link.read(1, Table.HOLDING, 0, 1)


async def test_a_serial_port_that_somebody_has_is_a_link_that_is_down_and_says_why():
    async with on_a_line({1: cells()}) as (link, _):
        await link.open()
        second = StreamLink(link._route)
        with pytest.raises(LinkDown, match="exclusively lock"):
            await second.read(1, Table.HOLDING, 0, 1)


async def test_a_serial_port_that_cannot_do_what_the_site_says_is_a_link_that_is_down():
    with serial_line() as (ours, _):
        link = StreamLink(SerialRoute(path=ours, parity="even"))
        with pytest.raises(LinkDown, match="cannot do 19200 baud, parity even, 1 stop bits"):
            await link.read(1, Table.HOLDING, 0, 1)


async def test_two_links_do_not_listen_on_one_serial_port():
    async with on_a_line({1: cells()}) as (_, server):
        with pytest.raises(RuntimeError):
            await SerialServer({1: cells()}, WallClock(), server._path, parity="none").open()


async def mbpoll(*arguments: str) -> str:
    """Run Debian's mbpoll once; it counts from 1 unless told otherwise."""
    done = await asyncio.to_thread(
        subprocess.run, ["mbpoll", "-1", "-0", "-o", "2", *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_mbpoll_reads_and_writes_our_device_on_a_serial_line():
    bank = cells()
    with serial_line() as (ours, theirs):
        server = SerialServer({5: bank}, WallClock(), theirs, parity="none")
        await server.open()
        try:
            line = ("-m", "rtu", "-a", "5", "-b", "19200", "-P", "none", "-r", "2")
            said = await mbpoll(*line, "-c", "2", ours)
            assert [row.split()[-1] for row in said.splitlines() if row.startswith("[")] == ["102", "103"]
            await mbpoll(*line, ours, "42")
            await mbpoll(*line, ours, "43", "44")
            await mbpoll(*line, "-t", "0", ours, "1")
        finally:
            await server.close()
    assert bank.writes == [(Table.HOLDING, 2, [42]), (Table.HOLDING, 2, [43, 44]), (Table.COIL, 2, [1])]


async def test_mbpoll_reads_and_writes_our_device_over_tcp():
    bank = cells()
    server = TcpServer({1: bank, 9: bank}, WallClock())
    await server.open()
    try:
        line = ("-m", "tcp", "-p", str(server.port), "-a", "9", "-r", "0")
        said = await mbpoll(*line, "-c", "3", HOST)
        assert [row.split()[-1] for row in said.splitlines() if row.startswith("[")] == ["100", "101", "102"]
        await mbpoll(*line, HOST, "65535")
    finally:
        await server.close()
    assert bank.writes == [(Table.HOLDING, 0, [65535])]

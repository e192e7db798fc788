"""Our link and our server on real sockets: against each other, against golden bytes, against rubbish."""

import asyncio
from contextlib import suppress

import pytest
import uvloop

from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, NoAnswer
from drivers.modbus.server import Silence
from kernel.command import Transmission
from tests.system.modbus_wire import (
    BREAKER,
    HOST,
    METER,
    SHORT_S,
    WORLD,
    breaker,
    driver_on,
    linked,
    meter,
    pulse,
    scripted,
    serving,
)

pytestmark = pytest.mark.system


async def test_a_driver_reads_a_simulated_device_over_a_socket():
    async with serving(meter()) as server, linked(server.port) as link:
        block = await driver_on(METER, link).read()
    assert block.value.tolist() == list(WORLD.values())
    assert not block.quality.any()


async def lost_reply() -> tuple[Transmission, list[str]]:
    """One close pulse to a breaker whose answer is lost, then a read once the line is good again."""
    bank = breaker()
    async with serving(bank) as server, linked(server.port, SHORT_S) as link:
        driver = driver_on(BREAKER, link)
        await server.silence(Silence.LOST_REPLY)
        sent = await driver.write(pulse())
        await server.silence(Silence.NONE)
        await driver.read()
    return sent.transmission, [one.quantity for one in bank.journal]


async def test_a_pulse_whose_answer_is_lost_is_executed_exactly_once():
    assert await lost_reply() == (Transmission.NO_ANSWER, ["close"])


def test_a_pulse_whose_answer_is_lost_is_executed_exactly_once_under_uvloop():
    assert uvloop.run(lost_reply()) == (Transmission.NO_ANSWER, ["close"])


async def test_a_request_to_a_silent_device_is_lost_and_stays_lost():
    bank = breaker()
    async with serving(bank) as server, linked(server.port, SHORT_S) as link:
        driver = driver_on(BREAKER, link)
        await server.silence(Silence.NO_ANSWER)
        assert (await driver.write(pulse())).transmission is Transmission.NO_ANSWER
        assert (await driver.read()).quality.all()
        await server.silence(Silence.NONE)
        assert not (await driver.read()).quality.any()
    assert bank.journal == ()


async def test_a_request_lost_in_a_silence_is_not_executed_when_the_device_is_back():
    bank = breaker()
    close_pulse = bytes.fromhex("0001 0000 0006 01 05 0001 ff00")
    read_coil = bytes.fromhex("0002 0000 0006 01 01 0000 0001")
    async with serving(bank) as server:
        await server.silence(Silence.NO_ANSWER)
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(close_pulse)
        async with asyncio.timeout(5):
            while not server.requests:  # noqa: ASYNC110
                await asyncio.sleep(0)
        await server.silence(Silence.NONE)
        writer.write(read_coil)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read(100) == b""
        writer.close()
    assert bank.journal == ()


async def test_a_late_answer_is_never_taken_for_the_next_one():
    late = asyncio.Event()
    answers = iter(
        [bytes.fromhex("0001 0000 0005 01 03 02 0bad"), bytes.fromhex("0001 0000 0005 01 03 02 0007")]
    )

    async def reply(request: bytes) -> bytes:
        answer = next(answers)
        if answer.endswith(b"\x0b\xad"):
            await late.wait()
        return answer

    async with scripted(reply) as port, linked(port, SHORT_S) as link:
        with pytest.raises(NoAnswer):
            await link.read(1, Table.HOLDING, 0, 1)
        late.set()
        assert await link.read(1, Table.HOLDING, 0, 1) == [7]


async def test_an_answer_in_pieces_is_put_together():
    answer = bytes.fromhex("0001 0000 0007 01 03 04 0001 0002")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        for byte in answer:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)  # the client may look after every byte
        writer.close()

    server = await asyncio.start_server(talk, HOST, 0)
    async with linked(server.sockets[0].getsockname()[1]) as link:
        assert await link.read(1, Table.HOLDING, 0, 2) == [1, 2]
    server.close()
    await server.wait_closed()


async def test_one_request_at_a_time_is_under_way():
    under_way = most = 0

    async def reply(request: bytes) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return request[:4] + bytes.fromhex("0005 01 03 02 0007")

    async with scripted(reply) as port, linked(port) as link:
        answers = await asyncio.gather(*(link.read(1, Table.HOLDING, 0, 1) for _ in range(20)))
    assert answers == [[7]] * 20
    assert most == 1


async def test_the_server_refuses_what_the_device_refuses():
    async with serving(breaker()) as server, linked(server.port) as link:
        for address, values, code in [(5, [1], 2), (0, [1, 1], 3)]:
            with pytest.raises(DeviceException) as refusal:
                await link.write(1, Table.COIL, address, values)
            assert refusal.value.code == code
        with pytest.raises(DeviceException, match="gateway target"):
            await link.read(9, Table.COIL, 0, 1)

"""Our link and our server against the bytes of the specification."""

import asyncio
import tomllib
from pathlib import Path

import pytest

from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException
from tests.system.modbus_wire import (
    HOST,
    Recorder,
    linked,
    scripted,
    serving,
)

pytestmark = pytest.mark.system
GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "modbus").glob("*.toml"))


def golden(path: Path) -> dict:
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_the_link_sends_and_understands_the_bytes_of_the_specification(path):
    case, seen = golden(path), []

    async def reply(request: bytes) -> bytes:
        seen.append(request)
        return bytes.fromhex(case["response"])

    async with scripted(reply) as port, linked(port) as link:
        table = Table(case["table"])
        if "exception" in case:
            with pytest.raises(DeviceException) as refusal:
                await link.read(1, table, case["address"], case["count"])
            assert refusal.value.code == case["exception"]
        elif case["action"] == "read":
            assert await link.read(1, table, case["address"], case["count"]) == case["values"]
        else:
            await link.write(1, table, case["address"], case["values"])
    assert seen == [bytes.fromhex(case["request"])]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_the_server_answers_with_the_bytes_of_the_specification(path):
    case = golden(path)
    reading = case["action"] == "read"
    cells = {(case["table"], case["address"] + place): raw for place, raw in enumerate(case["values"])}
    bank = Recorder(cells if reading else {})
    async with serving(bank) as server:
        assert await raw_exchange(server.port, bytes.fromhex(case["request"])) == bytes.fromhex(
            case["response"]
        )
    assert bank.writes == ([] if reading else [(case["table"], case["address"], case["values"])])


async def raw_exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    async with asyncio.timeout(5):
        answer = await reader.read(1000)
    writer.close()
    await writer.wait_closed()
    return answer

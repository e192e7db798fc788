"""Rubbish and damage on the wire: findings at once, and the next request works."""

import asyncio
import random

import pytest
import uvloop

from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, DeviceException, NoAnswer
from tests.system.modbus_wire import (
    HOST,
    linked,
    meter,
    scripted,
    serving,
)

pytestmark = pytest.mark.system


@pytest.mark.parametrize("wrong", [b"\xff\xff", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(300)], ids=len)
async def test_rubbish_instead_of_an_answer_is_a_finding_at_once(wrong):
    async def reply(request: bytes) -> bytes:
        return wrong

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link, asyncio.timeout(5):
        with pytest.raises(BadEcho):
            await link.read(1, Table.HOLDING, 0, 1)


async def rubbish_answers(seed: int, rounds: int) -> int:
    """Feed a link damaged answers, each followed by a good one; return how many were believed."""
    dice = random.Random(seed)
    good = bytes.fromhex("0001 0000 0007 01 03 04 0001 0002")
    believed, damaged = 0, True

    async def reply(request: bytes) -> bytes:
        if not damaged:
            return request[:2] + good[2:]
        if dice.random() < 0.3:
            return dice.randbytes(dice.randrange(1, 300))
        answer = bytearray(request[:2] + good[2:])
        answer[dice.randrange(len(answer))] ^= dice.randrange(1, 256)
        return bytes(answer[: dice.randrange(1, len(answer) + 1)])

    async with scripted(reply) as port, linked(port, timeout_s=30.0) as link:
        for _ in range(rounds):
            damaged = True
            try:
                values = await link.read(1, Table.HOLDING, 0, 2)
            except (BadEcho, NoAnswer, DeviceException):
                values = []
            # a flipped bit in the data cannot be told from data: TCP's checksum is for that
            believed += len(values) == 2
            damaged = False
            assert await link.read(1, Table.HOLDING, 0, 2) == [1, 2]
    return believed


async def test_damaged_answers_are_typed_failures_and_the_next_request_works():
    assert await rubbish_answers(seed=1, rounds=150) < 15


def test_damaged_answers_are_typed_failures_and_the_next_request_works_under_uvloop():
    assert uvloop.run(rubbish_answers(seed=2, rounds=150)) < 15


async def test_rubbish_to_the_server_leaves_it_answering():
    dice = random.Random(7)
    request = bytes.fromhex("0001 0000 0006 01 04 0000 0008")
    async with serving(meter()) as server, linked(server.port) as link:
        expected = await link.read(1, Table.INPUT, 0, 8)
        for _ in range(100):
            damaged = bytearray(request * dice.randrange(1, 4))
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            rubbish = damaged if dice.random() < 0.5 else dice.randbytes(dice.randrange(1, 600))
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(rubbish)
            assert await link.read(1, Table.INPUT, 0, 8) == expected
            writer.close()
            await writer.wait_closed()

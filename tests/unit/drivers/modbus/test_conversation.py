"""A conversation over a transport that does nothing by itself."""

import asyncio

import pytest

from drivers.modbus.client import mbap_frame, read_body
from drivers.modbus.conversation import Conversation
from drivers.modbus.entry import Table
from drivers.modbus.framing import MBAP
from drivers.modbus.link import BadEcho, LinkDown, NoAnswer

REQUEST = mbap_frame(read_body(Table.HOLDING, 0, 1), 1, 1)
ANSWER = bytes.fromhex("0001 0000 0005 01 03 02 0007")


class Held(asyncio.Transport):
    """Keeps what is written, as a socket does whose peer reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return bool(self.ended)

    def close(self) -> None:
        self.ended = "closed when all has left"

    def abort(self) -> None:
        self.ended = "aborted"


@pytest.fixture
async def held():
    return Held()


@pytest.fixture
async def strays():
    return []


@pytest.fixture
async def talk(held, strays):
    made = Conversation("device", MBAP.fault, strays.append)
    made.connection_made(held)
    return made


async def answered(talk: Conversation, *pieces: bytes) -> bytes:
    asking = asyncio.ensure_future(talk.exchange(REQUEST, 5.0))
    await asyncio.sleep(0)
    for piece in pieces:
        talk.data_received(piece)
    return await asking


async def test_an_answer_in_pieces_is_put_together_and_the_request_is_sent_once(talk, held):
    assert await answered(talk, *(ANSWER[place : place + 1] for place in range(len(ANSWER)))) == ANSWER
    assert held.written == [REQUEST]


async def test_what_does_not_belong_to_the_request_ends_the_exchange_at_once(talk):
    with pytest.raises(BadEcho, match="device: another transaction"):
        await answered(talk, b"\0\2" + ANSWER[2:], ANSWER)


async def test_what_comes_while_nobody_waits_answers_nothing(talk, strays):
    talk.data_received(ANSWER)
    with pytest.raises(NoAnswer, match=r"device: nothing in 0\.001 s"):
        await talk.exchange(REQUEST, 0.001)
    talk.data_received(ANSWER)
    assert strays == [ANSWER, ANSWER]


async def test_a_lost_connection_ends_the_exchange_and_says_why(talk):
    asking = asyncio.ensure_future(talk.exchange(REQUEST, 5.0))
    await asyncio.sleep(0)
    talk.connection_lost(OSError("alert certificate required"))
    with pytest.raises(NoAnswer, match="the connection was closed: alert certificate required"):
        await asking
    with pytest.raises(LinkDown):
        await talk.exchange(REQUEST, 5.0)


async def test_nothing_leaves_over_a_connection_that_closes(talk, held):
    held.close()
    with pytest.raises(LinkDown, match="closed"):
        await talk.exchange(REQUEST, 5.0)
    assert held.written == []


async def test_what_has_not_left_when_the_connection_is_dropped_never_leaves(talk, held):
    talk.drop()
    assert held.ended == "aborted"
    talk.drop()
    assert not talk.is_open

"""Device identification, function 43/14, judged and taken apart on its bytes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drivers.modbus.frame import INCOMPLETE, fault_of_reply
from drivers.modbus.identification import identification_body, objects_in
from drivers.modbus.link import BadEcho
from drivers.modbus.rtu_frame import checksum, fault_of_rtu_reply
from drivers.modbus.stream_link import tcp_link

FIRST = bytes.fromhex("2b0e0201ff0202") + b"\x00\x04ACME" + b"\x01\x02X1"
SECOND = bytes.fromhex("2b0e0201000001") + b"\x02\x031.2"


def mbap(number: int, body: bytes) -> bytes:
    return number.to_bytes(2) + b"\0\0" + (len(body) + 1).to_bytes(2) + b"\x01" + body


def test_texts_have_the_words_of_the_protocol_and_the_next_object_is_told():
    assert objects_in(FIRST) == ({"maker": "ACME", "product_code": "X1"}, 2)
    assert objects_in(SECOND) == ({"revision": "1.2"}, None)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (FIRST, None),
        (FIRST[:-1], "objects of other lengths than they say"),
        (FIRST + b"x", "objects of other lengths than they say"),
        (bytes.fromhex("2b0d0201000000"), "no device identification"),
        (bytes.fromhex("2b0e"), "no device identification"),
    ],
)
def test_an_answer_that_is_not_one_is_found(answer, fault):
    assert fault_of_reply(mbap(7, identification_body()), mbap(7, answer)) == fault


def test_an_rtu_answer_is_whole_only_when_its_last_object_and_checksum_are_there():
    def framed(body: bytes) -> bytes:
        return b"\x01" + body + checksum(b"\x01" + body)

    request, answer = framed(identification_body()), framed(FIRST)
    cut = [fault_of_rtu_reply(request, answer[:length]) for length in range(len(answer))]
    assert set(cut) == {INCOMPLETE}
    assert fault_of_rtu_reply(request, answer) is None
    assert fault_of_rtu_reply(request, answer[:-1] + b"\0") == "the checksum is wrong"


@pytest.fixture
async def named_device() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A device that answers 43/14 in two parts, byte by byte by hand."""
    answers = [FIRST, SECOND]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readexactly(7):
                asked = await reader.readexactly(int.from_bytes(head[4:6]) - 1)
                assert asked[:3] == identification_body()[:3]
                writer.write(mbap(int.from_bytes(head[:2]), answers[0 if asked[3] == 0 else 1]))
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], answers
    server.close()
    await server.wait_closed()


async def test_a_link_asks_until_nothing_follows(named_device):
    port, _ = named_device
    link = tcp_link("127.0.0.1", port)
    assert await link.identify(1) == {"maker": "ACME", "product_code": "X1", "revision": "1.2"}
    await link.close()


async def test_a_device_that_leads_in_a_circle_is_asked_once_more_at_most(named_device):
    port, answers = named_device
    answers[1] = FIRST
    link = tcp_link("127.0.0.1", port)
    assert await link.identify(1) == {"maker": "ACME", "product_code": "X1"}
    await link.close()


async def test_lengths_that_lie_end_the_transaction(named_device):
    port, answers = named_device
    answers[0] = FIRST[:-1]
    link = tcp_link("127.0.0.1", port)
    with pytest.raises(BadEcho):
        await link.identify(1)
    await link.close()

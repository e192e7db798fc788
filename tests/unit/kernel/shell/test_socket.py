"""The local socket answers its own user, in order, and survives whatever is sent to it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import kernel.shell.socket as local
from kernel.shell.socket import Client, GatewayAway, Server, SocketTaken, connect
from kernel.shell.wire import (
    LONGEST_FRAME,
    Accepted,
    Answer,
    GetLineage,
    Hello,
    Rejected,
    Request,
    Stop,
    read_answer,
)
from tests.unit.kernel.scripted_clock import settle

pytestmark = pytest.mark.system


class BrokenDesk(Exception):
    """What a desk raises that is broken."""


class Desk:
    """Answers with the command it was asked about; waits where it is told to."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.go_on = asyncio.Event()

    async def respond(self, request: Request) -> Answer:
        self.asked.append(request)
        if isinstance(request, Stop):
            await self.go_on.wait()
        if isinstance(request, Hello):
            raise BrokenDesk("the desk is broken")
        return Accepted(trace=request.command if isinstance(request, GetLineage) else "stopped")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "gateway.sock"


@pytest.fixture
async def desk(path: Path) -> AsyncIterator[Desk]:
    made = Desk()
    server = Server(path, made.respond)
    await server.open()
    yield made
    await server.close()
    await settle()


@asynccontextmanager
async def client_of(path: Path) -> AsyncIterator[Client]:
    client = await connect(path)
    try:
        yield client
    finally:
        await client.close()
        await settle()


async def raw(path: Path, sent: bytes) -> bytes:
    """Send bytes as they are; return all that comes back until the other side hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(sent)
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()
        await settle()


async def test_a_question_is_answered(path: Path, desk: Desk) -> None:
    async with client_of(path) as client:
        assert await client.ask(GetLineage(command="c1")) == Accepted(trace="c1")
    assert desk.asked == [GetLineage(command="c1")]


async def test_two_clients_at_once_get_their_own_answers_in_order(path: Path, desk: Desk) -> None:
    async with client_of(path) as one, client_of(path) as other:
        names = [f"c{n}" for n in range(20)]
        asked = [(one if n % 2 else other).ask(GetLineage(command=name)) for n, name in enumerate(names)]
        assert [answer.trace for answer in await asyncio.gather(*asked)] == names


async def test_a_client_that_waits_does_not_hold_up_another(path: Path, desk: Desk) -> None:
    async with client_of(path) as slow, client_of(path) as quick:
        waiting = asyncio.create_task(slow.ask(Stop()))
        assert await quick.ask(GetLineage(command="c")) == Accepted(trace="c")
        assert not waiting.done()
        desk.go_on.set()
        assert await waiting == Accepted(trace="stopped")


async def test_a_question_that_was_given_up_does_not_leave_its_answer_to_the_next(
    path: Path, desk: Desk
) -> None:
    async with client_of(path) as client:
        waiting = asyncio.create_task(client.ask(Stop()))
        await settle()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        desk.go_on.set()
        with pytest.raises(GatewayAway):
            await client.ask(GetLineage(command="c"))


RUBBISH = {
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "half a head": b"\x00\x00",
    "half a frame": struct.pack(">I", 100) + b"x",
    "a frame too long": struct.pack(">I", LONGEST_FRAME + 1) + b"x" * 100,
    "nothing": b"",
}


@pytest.mark.parametrize("sent", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_gets_no_answer_and_does_not_kill_the_server(
    path: Path, desk: Desk, sent: bytes
) -> None:
    assert await raw(path, sent) == b""
    async with client_of(path) as client:
        assert await client.ask(GetLineage(command="c")) == Accepted(trace="c")


async def test_a_frame_that_is_no_request_is_rejected_with_its_reason(path: Path, desk: Desk) -> None:
    answer = await raw(path, struct.pack(">I", 3) + b"\xc1ab")
    rejected = read_answer(answer[4:])
    assert isinstance(rejected, Rejected)
    assert rejected.reason.startswith("not a request")


async def test_a_desk_that_raises_costs_one_connection_and_not_the_server(path: Path, desk: Desk) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: told.append(str(context["exception"]))
    )
    async with client_of(path) as client:
        with pytest.raises(GatewayAway):
            await client.ask(Hello())
    async with client_of(path) as client:
        assert await client.ask(GetLineage(command="c")) == Accepted(trace="c")
    assert told == ["the desk is broken"]


async def test_a_foreign_user_is_not_heard(path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_is_ours", lambda connection: False)
    async with client_of(path) as client:
        answer = await client.ask(GetLineage(command="c"))
    assert answer == Rejected(reason="this socket answers its own user only")
    assert desk.asked == []


@pytest.mark.parametrize(("uid", "ours"), [(os.getuid(), True), (0, True), (os.getuid() + 4242, False)])
def test_the_peer_is_told_by_the_user_that_the_system_names(uid: int, *, ours: bool) -> None:
    class Peer:
        def getsockopt(self, level: int, name: int, size: int) -> bytes:
            assert (level, name) == (socket.SOL_SOCKET, socket.SO_PEERCRED)
            return struct.pack("3i", 77, uid, 5)

    assert local._is_ours(Peer()) is ours  # type: ignore[arg-type]


def test_the_system_names_this_user_for_a_socket_of_this_process() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert local._is_ours(one)


async def test_the_socket_file_is_for_its_user_only_and_goes_with_the_server(path: Path) -> None:
    server = Server(path, Desk().respond)
    await server.open()
    assert path.stat().st_mode & 0o777 == 0o600  # noqa: ASYNC240 - a test has nobody to hold up
    await server.close()
    assert not path.exists()  # noqa: ASYNC240 - as above


async def test_a_socket_file_left_by_a_dead_process_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with pytest.raises(GatewayAway, match="no gateway answers"):
        await connect(path)
    desk = Desk()
    server = Server(path, desk.respond)
    await server.open()
    async with client_of(path) as client:
        assert await client.ask(GetLineage(command="c")) == Accepted(trace="c")
    await server.close()


async def test_the_socket_of_a_living_gateway_is_not_taken_over(path: Path, desk: Desk) -> None:
    with pytest.raises(SocketTaken, match="answers at"):
        await Server(path, Desk().respond).open()
    async with client_of(path) as client:
        assert await client.ask(GetLineage(command="c")) == Accepted(trace="c")


async def test_there_is_no_gateway_where_there_is_no_socket(path: Path) -> None:
    with pytest.raises(GatewayAway, match="no gateway answers at"):
        await connect(path)

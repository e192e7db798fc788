"""The stream of a page: what is sent, when it ends, and how it finds a gateway that comes later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from aios.control_room.panes import PAGES
from aios.control_room.source import SocketSource
from kernel.shell.socket import Server
from kernel.shell.wire import Answer, GetSnapshot, Rejected, Request
from tests.fakes.snapshots import FakeSource, snapshot
from tests.system.served_page import serving

pytestmark = pytest.mark.system


async def test_events_bring_every_pane_once_then_only_beats_while_nothing_changes() -> None:
    panes = PAGES["commands"]
    async with (
        serving(FakeSource()) as url,
        httpx.AsyncClient() as client,
        client.stream("GET", f"{url}events?page=commands") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        names = [line.removeprefix("event: ") async for line in first_events(answer, len(panes) + 4)]
    assert names == [*panes, "beat", "beat", "beat", "beat"]


async def first_events(answer: httpx.Response, count: int) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            yield line
            count -= 1
            if not count:
                return


async def test_the_server_ends_at_once_although_somebody_still_looks() -> None:
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient() as client:
        async with serving(FakeSource()) as url:
            answer = await client.send(client.build_request("GET", f"{url}events"), stream=True)
            lines = answer.aiter_lines()
            assert [line async for line in up_to(lines, "event: beat")]
            began = loop.time()
        assert loop.time() - began < 2.0
        assert [line async for line in lines if line.startswith("event: ")] == []
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}healthz")


async def test_the_page_finds_a_gateway_that_starts_later_on_its_socket(tmp_path: Path) -> None:
    async def respond(request: Request) -> Answer:
        return snapshot() if isinstance(request, GetSnapshot) else Rejected(reason="not here")

    socket = tmp_path / "gateway.sock"
    source = SocketSource(socket)
    gateway = Server(socket, respond)
    async with serving(source) as url, httpx.AsyncClient() as client:
        async with client.stream("GET", f"{url}events") as answer:
            lines = answer.aiter_lines()
            down = [line async for line in up_to(lines, "No state yet")]
            await gateway.open()
            up = [line async for line in up_to(lines, "Cooling group 2")]
        assert any("does not answer" in line for line in down)
        assert up
        assert (await client.get(f"{url}api/v1/snapshot")).json()["site"] == "nord"
    await source.close()
    await gateway.close()


async def up_to(lines: AsyncIterator[str], words: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if words in line:
            return

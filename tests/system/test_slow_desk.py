"""A desk that does not read what is sent to it holds up no other, and is cut off."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from aios.api.slow_reader import Impatient
from kernel.shell.wire import Snapshot
from tests.fakes.snapshots import FakeSource
from tests.system.served_page import serving

pytestmark = pytest.mark.system

PATIENCE_S = 1.0
TOO_LONG_S = 20.0


def moving(shot: Snapshot) -> Snapshot:
    """A long list of values that are others at every look, so that every look is written in full."""
    points = tuple(msgspec.structs.replace(p, value=p.value + 1.0) for p in shot.points[:12]) * 40
    return msgspec.structs.replace(shot, points=points, tick=shot.tick + 1)


def hung_desk(url: str) -> socket.socket:
    """Ask for the stream of a page, and read nothing of it."""
    place = urlsplit(url)
    desk = socket.socket()
    desk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    desk.connect((place.hostname, place.port))
    desk.sendall(f"GET /events?page=points HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    return desk


async def cut_off(desk: socket.socket) -> None:
    """Return when the other end has broken off; a desk that is still heard says so by a time-out."""
    loop = asyncio.get_running_loop()
    desk.settimeout(0.0)
    async with asyncio.timeout(TOO_LONG_S):
        while True:
            try:
                await loop.sock_sendall(desk, b"x")
            except ConnectionError:
                return
            await asyncio.sleep(0.05)


async def test_a_desk_that_hangs_is_cut_off_while_another_one_hears_every_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Impatient, "patience_s", PATIENCE_S)
    source, loop = FakeSource(), asyncio.get_running_loop()
    source.moving = moving
    async with serving(source) as url, httpx.AsyncClient() as client:
        with hung_desk(url) as hung:
            gone = asyncio.create_task(cut_off(hung))
            async with client.stream("GET", f"{url}events?page=points") as answer:
                heard, last, longest_s = 0, loop.time(), 0.0
                async for line in answer.aiter_lines():
                    if line != "event: beat":
                        continue
                    heard, longest_s, last = heard + 1, max(longest_s, loop.time() - last), loop.time()
                    if gone.done():
                        break
            await gone
    assert heard > 3
    assert longest_s < TOO_LONG_S / 2

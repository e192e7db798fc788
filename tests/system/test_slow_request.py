"""Who sends half a request keeps nobody out, and no connection for good."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest

from aios.api import serve as served
from aios.api.crowd import Crowd
from aios.api.slow_reader import Impatient
from tests.fakes.snapshots import FakeSource
from tests.system.served_page import serving

pytestmark = pytest.mark.system

PLACES = 12
WHOLE_S = 0.3
TOO_LONG_S = 20.0
KEPT_S = 4.0
"""Less than an idle connection is kept for a second request."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk with few places."""
    monkeypatch.setattr(served, "Crowd", lambda: Crowd(in_all=PLACES, of_one=PLACES))


def half_request(url: str, text: bytes = b"GET / HTTP/1.1\r\n") -> socket.socket:
    place = urlsplit(url)
    caller = socket.create_connection((place.hostname, place.port), timeout=TOO_LONG_S)
    caller.sendall(text)
    caller.settimeout(0.0)
    return caller


async def ended(caller: socket.socket) -> None:
    """Return when the other end has ended a connection."""
    try:
        while await asyncio.get_running_loop().sock_recv(caller, 65536):
            pass
    except ConnectionError:
        return


@pytest.mark.usefixtures("small")
async def test_half_requests_keep_nobody_out() -> None:
    async with serving(FakeSource()) as url, httpx.AsyncClient(timeout=TOO_LONG_S) as client:
        with ExitStack() as stack:
            for _ in range(3):
                for _ in range(2 * PLACES):
                    stack.enter_context(half_request(url))
                assert (await client.get(f"{url}healthz")).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["nothing", "half a head", "no body"],
)
async def test_a_request_that_is_not_whole_in_time_ends_its_connection(
    monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(Impatient, "whole_s", WHOLE_S)
    async with serving(FakeSource()) as url:
        with half_request(url, text) as caller:
            async with asyncio.timeout(TOO_LONG_S):
                await ended(caller)


async def test_a_second_request_on_a_connection_has_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "whole_s", WHOLE_S)
    loop = asyncio.get_running_loop()
    async with serving(FakeSource()) as url:
        whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with half_request(url, whole) as caller:
            assert (await loop.sock_recv(caller, 65536)).startswith(b"HTTP/1.1 200")
            await loop.sock_sendall(caller, b"G")
            began = loop.time()
            async with asyncio.timeout(TOO_LONG_S):
                await ended(caller)
            assert loop.time() < began + KEPT_S


async def test_a_stream_is_not_ended_by_the_time_for_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "whole_s", WHOLE_S)
    loop = asyncio.get_running_loop()
    async with serving(FakeSource()) as url, httpx.AsyncClient(timeout=TOO_LONG_S) as client:
        began = loop.time()
        async with client.stream("GET", f"{url}events?page=points") as answer:
            async for line in answer.aiter_lines():
                if line == "event: beat" and loop.time() > began + 3 * WHOLE_S:
                    break
    assert loop.time() > began + 3 * WHOLE_S

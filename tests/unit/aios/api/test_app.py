"""The HTTP face: read only, this machine only, headers on everything, problems in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest

from aios.api.app import make_app
from aios.api.serve import NotLoopback, listening_socket, serve, url_of
from aios.control_room.feed import Feed
from kernel.shell.wire import Lineage, Snapshot
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource, snapshot

PAGES = ["/", "/alarms", "/commands", "/points", "/runtime", "/lineage/nord-40980-1"]
URL = "http://127.0.0.1:8080"


@asynccontextmanager
async def client(
    source: FakeSource | None = None, *, polled: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    asked = FakeSource() if source is None else source
    feed = Feed(asked)
    if polled:
        await feed.poll()
    transport = httpx.ASGITransport(make_app(asked, assets(), feed=feed))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as asking:
        yield asking


@pytest.mark.parametrize("path", [*PAGES, "/static/main.js", "/api/v1/snapshot", "/healthz", "/nowhere"])
async def test_every_answer_carries_the_strict_policy(path: str):
    async with client() as asking:
        headers = (await asking.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|data:|https?:|\*", policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_html_and_are_not_kept(path: str):
    async with client() as asking:
        answer = await asking.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/lineage/x", "/static/main.js", "/healthz"])
async def test_nothing_but_get_is_answered(method: str, path: str):
    async with client() as asking:
        answer = await asking.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["detail"] == "this page only shows: ask with GET"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
async def test_a_foreign_host_name_is_not_answered(host: str):
    async with client() as asking:
        answer = await asking.get("/api/v1/snapshot", headers={"host": host})
    assert answer.status_code == 421
    assert "nord" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:8080", "[::1]:8080"])
async def test_this_machines_own_names_are_answered(host: str):
    async with client() as asking:
        assert (await asking.get("/healthz", headers={"host": host})).status_code == 200


async def test_the_snapshot_comes_back_from_json_as_it_was():
    async with client() as asking:
        answer = await asking.get("/api/v1/snapshot")
    assert msgspec.json.decode(answer.content, type=Snapshot) == snapshot()
    assert float(answer.headers["aios-feed-age"]) < 5


async def test_no_snapshot_yet_is_a_problem_that_says_so():
    async with client(polled=False) as asking:
        answer = await asking.get("/api/v1/snapshot")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the gateway has not answered yet: just started"


async def test_an_unknown_page_is_a_problem_document():
    async with client() as asking:
        answer = await asking.get("/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
    }


async def test_an_unknown_event_page_is_a_problem_that_names_it():
    async with client() as asking:
        answer = await asking.get("/events?page=secret")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("query.page: Input should be")


class Broken(FakeSource):
    """A source with a mistake in it."""

    async def lineage(self, command_id: str) -> Lineage:
        raise RuntimeError("secret inside")


async def test_a_mistake_of_ours_is_told_without_what_happened_inside():
    async with client(Broken()) as asking:
        answer = await asking.get("/lineage/x")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"secret|Traceback|RuntimeError|\.py", answer.text)


async def test_an_unknown_command_is_a_page_that_says_so():
    async with client() as asking:
        answer = await asking.get("/lineage/%3Cscript%3E")
    assert answer.status_code == 404
    assert "no command &lt;script&gt; in the journal" in answer.text


async def test_a_lineage_that_cannot_be_asked_for_is_a_page_that_says_why():
    source = FakeSource()
    async with client(source) as asking:
        source.down = "no gateway at that socket"
        answer = await asking.get("/lineage/x")
    assert answer.status_code == 503
    assert "the gateway does not answer: no gateway at that socket" in answer.text


@pytest.mark.parametrize("path", ["/", "/commands", "/points", "/runtime"])
async def test_every_page_stands_while_the_gateway_is_down(path: str):
    source = FakeSource()
    source.down = "no gateway at that socket"
    async with client(source) as asking:
        answer = await asking.get(path)
        health = (await asking.get("/healthz")).json()
    assert answer.status_code == 200
    assert "no gateway at that socket" in answer.text
    assert (health["page"], health["gateway"]) == ("up", "down")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", ""])
async def test_any_host_but_loopback_is_refused_with_the_reason(host: str):
    with pytest.raises(NotLoopback, match=r"is not a loopback address|is no address"):
        listening_socket(host, 0).close()
    with pytest.raises(NotLoopback):
        async with asyncio.timeout(2):
            await serve(FakeSource(), host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_port_zero_takes_a_free_port_and_tells_it(host: str):
    with listening_socket(host, 0) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        assert url_of(listening) == f"http://127.0.0.1:{port}/"


async def test_metrics_are_prometheus_text_of_the_gateways_figures():
    async with client() as asking:
        answer = await asking.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {"aios_gateway_up 1.0", "aios_ticks_total 7.0"} <= set(answer.text.splitlines())


async def test_metrics_say_that_the_gateway_is_down():
    source = FakeSource()
    source.down = "nobody there"
    async with client(source, polled=False) as asking:
        answer = await asking.get("/metrics")
    assert (answer.status_code, "aios_gateway_up 0.0" in answer.text.splitlines()) == (200, True)
    assert "aios_ticks_total" not in answer.text

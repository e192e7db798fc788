"""The way to a provider and back belongs to one browser, and is gone once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from aios.access.access import Access
from aios.access.database import open_database
from aios.access.oidc import Begun, OpenId
from aios.api.app import make_app
from aios.api.front import Front, Paces
from aios.api.oidc import WAYS, Ways
from aios.control_room.feed import Feed
from tests.fakes.front_door import Clock, empty
from tests.fakes.nord import assets
from tests.fakes.provider import FakeProvider
from tests.fakes.snapshots import FakeSource
from tests.unit.aios.access.test_oidc import SETTINGS

URL = "http://127.0.0.1:8080"


@asynccontextmanager
async def desk(folder: Path, provider: FakeProvider, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    access, source = empty(folder), FakeSource()
    feed = Feed(source)
    await feed.poll()
    ways = Ways(OpenId(SETTINGS, transport=provider.transport))
    app = make_app(source, assets(), feed=feed, front=Front(access=access, oidc=ways, now_ns=clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        yield client
    access.close()


async def back(client: httpx.AsyncClient, provider: FakeProvider) -> str:
    """Begin a sign-in, and return the address that the provider sends the browser back to."""
    led = await client.get("/sign-in/oidc")
    assert led.status_code == 303
    state, code = provider.authorize(led.headers["location"])
    return f"/sign-in/oidc/back?state={state}&code={code}"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


async def test_a_person_of_the_provider_is_signed_in(tmp_path: Path, provider: FakeProvider) -> None:
    async with desk(tmp_path, provider, Clock()) as client:
        assert "/sign-in/oidc" in (await client.get("/sign-in")).text
        assert (await client.get("/")).status_code == 401, "with a provider nothing is open"
        answer = await client.get(await back(client, provider))
        assert answer.status_code == 200
        me = (await client.get("/api/v1/me")).json()
        assert (await client.get("/")).status_code == 200
    assert (me["person"], me["roles"], me["sites"]) == ("oidc:erika", ["OPERATOR"], ["nord"])
    assert any(
        "SameSite=strict" in one and "HttpOnly" in one for one in answer.headers.get_list("set-cookie")
    )


async def test_a_flood_of_begins_ends_nobodys_way(tmp_path: Path, provider: FakeProvider) -> None:
    access, clock = empty(tmp_path), Clock()
    ways = Ways(OpenId(SETTINGS, transport=provider.transport))
    front = Front(access=access, oidc=ways, now_ns=clock, paces=Paces())
    app = make_app(FakeSource(), assets(), front=front)

    def browser(address: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=URL)

    async with browser("10.0.0.1") as client, browser("10.0.0.66") as stranger:
        way = await back(client, provider)
        statuses = [(await stranger.get("/sign-in/oidc")).status_code for _ in range(60)]
        for number in range(2 * WAYS):
            begun = Begun(url="", state=f"s{number}", nonce="", verifier="")
            ways.remember(begun, clock(), source="10.0.0.66")
        assert (await client.get(way)).status_code == 200
    access.close()
    assert statuses == [303] * 30 + [429] * 30
    assert ways.take("s0", clock()) is None
    assert ways.take(f"s{2 * WAYS - 1}", clock()) is not None


async def test_a_way_back_is_taken_once(tmp_path: Path, provider: FakeProvider) -> None:
    async with desk(tmp_path, provider, Clock()) as client:
        way = await back(client, provider)
        cookie = {"cookie": f"aios-oidc={client.cookies['aios-oidc']}"}
        assert (await client.get(way)).status_code == 200
        client.cookies.clear()
        assert (await client.get(way, headers=cookie)).status_code == 400


async def test_a_browser_that_began_nothing_is_not_signed_in(tmp_path: Path, provider: FakeProvider) -> None:
    async with desk(tmp_path, provider, Clock()) as client:
        way = await back(client, provider)
        client.cookies.clear()
        answer = await client.get(way)
    assert answer.status_code == 400
    assert not [one for one in answer.headers.get_list("set-cookie") if one.startswith("aios=")]


async def test_a_sign_in_that_takes_too_long_begins_again(tmp_path: Path, provider: FakeProvider) -> None:
    clock = Clock()
    async with desk(tmp_path, provider, clock) as client:
        way = await back(client, provider)
        clock.on(minutes=10)
        assert (await client.get(way)).status_code == 400


async def test_who_has_no_role_here_is_told_so(tmp_path: Path, provider: FakeProvider) -> None:
    provider.claims["groups"] = ["accounting"]
    async with desk(tmp_path, provider, Clock()) as client:
        answer = await client.get(await back(client, provider))
        assert (await client.get("/")).status_code == 401
    assert answer.status_code == 403
    assert "no role" in answer.json()["detail"]


async def test_who_is_locked_here_is_not_signed_in_whatever_the_provider_says(
    tmp_path: Path, provider: FakeProvider
) -> None:
    async with desk(tmp_path, provider, Clock()) as client:
        access = Access(open_database(tmp_path / "access.db"))
        access.barred.lock("oidc:erika", "left")
        answer = await client.get(await back(client, provider))
        assert [one.kind for one in access.trail.entries()][-1] == "sign_in_of_locked_account"
        access.close()
    assert answer.status_code == 403
    assert "oidc:erika is locked" in answer.json()["detail"]


async def test_a_provider_that_is_away_is_a_problem(tmp_path: Path, provider: FakeProvider) -> None:
    provider.down = True
    async with desk(tmp_path, provider, Clock()) as client:
        answer = await client.get("/sign-in/oidc")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")

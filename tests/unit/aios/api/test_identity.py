"""Who asks: nothing without an identity once there is an account, nothing beyond a right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from aios.access.access import Access
from aios.access.identity import Identity, Role, Stranger
from aios.api.app import make_app
from aios.api.front import Front, Paces
from aios.api.identity import READS, Identified, who_asks
from aios.api.reading import Read
from aios.api.v1.routes import description
from aios.control_room.feed import Feed
from policies.rights.rights import Granted, Refused
from tests.fakes.front_door import MINUTE_NS, PASSWORD, Clock, empty, people
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource

URL = "http://127.0.0.1:8080"
OPEN = {"/healthz", "/sign-in", "/static/{path:path}", "/api/v1/sign-in"}
"""Paths that are answered to anybody."""


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    made = people(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def desk(
    access: Access | None,
    clock: Clock,
    *,
    loopback: bool = True,
    tls: bool = False,
    paces: Paces | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    source = FakeSource()
    feed = Feed(source)
    await feed.poll()
    front = Front(access=access, now_ns=clock, loopback=loopback, tls=tls, paces=paces)
    transport = httpx.ASGITransport(make_app(source, assets(), feed=feed, front=front))
    url = URL.replace("http:", "https:") if tls else URL
    async with httpx.AsyncClient(transport=transport, base_url=url) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, name: str = "erika", password: str = PASSWORD) -> httpx.Response:
    origin = {"origin": str(client.base_url).rstrip("/")}
    return await client.post("/api/v1/sign-in", json={"name": name, "password": password}, headers=origin)


def token(access: Access, clock: Clock, person: str, role: Role, site: str = "nord") -> dict[str, str]:
    secret, _ = access.tokens.make(
        person, label="test", roles=[role], sites=[site], now_ns=clock(), expires_ns=clock() + MINUTE_NS
    )
    return {"authorization": f"Bearer {secret}"}


def every_get() -> list[str]:
    """Every path that is read, with something in the place of each name."""
    listed = {getattr(route, "path", "") for route in make_app(FakeSource(), assets()).routes}
    listed |= set(description()["paths"])
    named = {
        re.sub(r"{[^}]*}", "x", path.replace("{site}", "nord")) for path in listed - OPEN - {"", "/static"}
    }
    return sorted(named - {"/api/v1"} | {"/"})


async def test_once_there_is_an_account_nothing_is_read_without_an_identity(
    access: Access, clock: Clock
) -> None:
    paths = every_get()
    assert len(paths) > 15
    async with desk(access, clock) as client:
        for path in paths:
            assert (await client.get(path)).status_code == 401, path
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/static/main.js")).status_code == 200
        assert (await client.get("/sign-in")).status_code == 200


async def test_where_there_are_no_accounts_only_reading_comes_as_far_as_a_route(clock: Clock) -> None:
    async with desk(None, clock) as client:
        assert (await client.get("/api/v1/no-such-route")).status_code == 404
        answer = await client.post("/api/v1/no-such-route", headers={"origin": URL, "idempotency-key": "k"})
    assert answer.status_code == 401


async def test_a_browser_without_an_identity_is_led_to_the_sign_in(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        led = await client.get("/alarms", headers={"accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?to=/alarms")
    assert "nord" not in led.text


async def test_a_refusal_is_a_problem_that_asks_for_a_token(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        answer = await client.get("/api/v1/snapshot")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "sign in first"


async def test_signing_in_gives_a_cookie_that_opens_the_desk(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        answer = await sign_in(client)
        assert answer.status_code == 200
        assert answer.json()["roles"] == ["OPERATOR"]
        cookie = answer.headers["set-cookie"]
        page = await client.get("/")
        assert page.status_code == 200
        assert "erika" in page.text
        assert 'data-may="' in page.text
        assert (await client.get("/api/v1/me")).json()["person"] == "erika"
    assert cookie.startswith("aios=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_is_bound_to_host_and_tls(access: Access, clock: Clock) -> None:
    async with desk(access, clock, tls=True) as client:
        answer = await sign_in(client)
        assert (await client.get("/api/v1/me")).status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-aios=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_signing_in_again_ends_the_sign_in_before(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        await sign_in(client)
        first = client.cookies["aios"]
        await sign_in(client)
        assert client.cookies["aios"] != first
        client.cookies.set("aios", first, domain="127.0.0.1")
        again = await client.get("/api/v1/me", headers={"cookie": f"aios={first}"})
    assert again.status_code == 401


async def test_signing_out_ends_the_sign_in(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        await sign_in(client)
        secret = client.cookies["aios"]
        out = await client.post("/api/v1/sign-out", headers={"origin": URL})
        assert out.status_code == 204
        again = await client.get("/api/v1/me", headers={"cookie": f"aios={secret}"})
    assert again.status_code == 401


async def test_a_sign_in_ends_on_the_desk_too_when_nobody_is_there(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        await sign_in(client)
        clock.on(minutes=15)
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 401
    assert "nobody was there" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/events", "/api/v1/sites/nord/events"])
async def test_a_stream_that_a_page_asks_for_again_keeps_no_sign_in_alive(
    access: Access, clock: Clock, path: str
) -> None:
    front = Front(access=access, now_ns=clock)
    cookie = Headers({"cookie": f"aios={access.sessions.open('erika', now_ns=clock()).secret}"})
    for _ in range(2):
        clock.on(minutes=7)
        assert isinstance(who_asks(cookie, path, front), Identity)
    clock.on(minutes=1)
    assert isinstance(who_asks(cookie, path, front), Stranger)


async def test_wrong_passwords_are_refused_and_then_have_to_wait(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        statuses = [(await sign_in(client, password="wrong password")).status_code for _ in range(6)]
        waiting = await sign_in(client)
        clock.on(s=1)
        assert (await sign_in(client)).status_code == 200
    assert statuses == [401] * 5 + [429]
    assert waiting.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": URL, "sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": URL, "sec-fetch-site": "same-origin"}, 204),
        ({"sec-fetch-site": "same-origin"}, 204),
    ],
)
async def test_what_changes_something_is_taken_from_this_origin_alone(
    access: Access, clock: Clock, headers: dict[str, str], status: int
) -> None:
    async with desk(access, clock) as client:
        await sign_in(client)
        assert (await client.post("/api/v1/sign-out", headers=headers)).status_code == status


async def test_a_foreign_page_cannot_sign_a_browser_in(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        body = {"name": "erika", "password": PASSWORD}
        foreign = {"origin": "http://evil.example"}
        answer = await client.post("/api/v1/sign-in", json=body, headers=foreign)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_token_opens_the_desk_and_needs_no_origin(access: Access, clock: Clock) -> None:
    async with desk(access, clock) as client:
        headers = token(access, clock, "erika", Role.OPERATOR)
        assert (await client.get("/api/v1/snapshot", headers=headers)).status_code == 200
        assert (await client.post("/api/v1/sign-out", headers=headers)).status_code == 204
        clock.on(minutes=1)
        expired = await client.get("/api/v1/snapshot", headers=headers)
        wrong = await client.get("/api/v1/snapshot", headers={"authorization": "Basic eDp5"})
    assert (expired.status_code, expired.json()["detail"]) == (401, "this token has expired")
    assert wrong.status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/snapshot", "/api/v1/sites/nord/points", "/events", "/metrics"]
)
async def test_who_is_assigned_to_another_site_reads_nothing_of_this_one(
    access: Access, clock: Clock, path: str
) -> None:
    access.accounts.set_roles("erika", [Role.OPERATOR], ["sued"])
    async with desk(access, clock) as client:
        answer = await client.get(path, headers=token(access, clock, "erika", Role.OPERATOR, "sued"))
        listed = await client.get(
            "/api/v1/sites", headers=token(access, clock, "erika", Role.OPERATOR, "sued")
        )
    assert answer.status_code == 403
    assert answer.json()["detail"] == "erika is not assigned to site nord"
    assert listed.json()["items"] == []


async def test_a_role_that_reads_accounts_alone_sees_no_page(access: Access, clock: Clock) -> None:
    access.accounts.set_roles("sven", [Role.RBACMNT])
    async with desk(access, clock) as client:
        headers = token(access, clock, "sven", Role.RBACMNT)
        assert (await client.get("/", headers=headers)).status_code == 403
        assert (await client.get("/api/v1/sites/nord/policies", headers=headers)).status_code == 200
        assert (await client.get("/api/v1/sites/nord/unheard-of", headers=headers)).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_method_that_is_not_there_is_a_problem_that_says_what_is(
    access: Access, clock: Clock, method: str
) -> None:
    async with desk(access, clock) as client:
        headers = token(access, clock, "erika", Role.OPERATOR)
        answer = await client.request(method, "/api/v1/sites/nord/policies", headers=headers)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_before_the_first_account_this_machine_reads_and_nobody_acts(
    tmp_path: Path, clock: Clock
) -> None:
    access = empty(tmp_path)
    async with desk(access, clock) as client:
        assert (await client.get("/")).status_code == 200
        refused = await client.post("/api/v1/sites/nord/alarms/x/acknowledge", json={})
        assert refused.status_code == 401
        assert "aios account add" in refused.json()["detail"]
        assert (await sign_in(client)).json()["detail"] == refused.json()["detail"]
        kept = access.passwords.hashed(PASSWORD)
        access.accounts.add("erika", kept, roles=[Role.OPERATOR], sites=["nord"], now_ns=clock())
        assert (await client.get("/")).status_code == 401
    access.close()


async def test_beyond_this_machine_nothing_is_open_even_without_accounts(
    tmp_path: Path, clock: Clock
) -> None:
    access = empty(tmp_path)
    async with desk(access, clock, loopback=False) as client:
        assert (await client.get("/")).status_code == 401
    access.close()


async def test_a_stream_ends_with_its_sign_in(access: Access, clock: Clock) -> None:
    source = FakeSource()
    feed = Feed(source)
    await feed.poll()
    app = make_app(source, assets(), feed=feed, front=Front(access=access, now_ns=clock))
    opened = access.sessions.open("erika", now_ns=clock())
    sent: list[bytes] = []
    ended: list[bool] = []

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            sent.append(bytes(message["body"]))  # type: ignore[call-overload]
            access.sessions.end(opened.secret)
            feed.close()
            if not message.get("more_body"):
                ended.append(True)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/events", "raw_path": b"/events", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"aios={opened.secret}".encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert ended == [True]
    assert [bool(part) for part in sent] == [True, False]


async def streamed(access: Access, front: Front, path: str, change: Callable[[], object]) -> list[bytes]:
    """What a reader by a token hears of four messages, where something changes after the second."""
    heard: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"][READS] = (Read("alarm", "nord"),) if path == "/api/v1/me" else ()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(4):
            if number == 2:
                change()
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})

    async def send(message: Message) -> None:
        heard.append(bytes(message.get("body", b"")))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    shown = token(access, Clock(), "erika", Role.OPERATOR)["authorization"].encode()
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"authorization", shown)]}
    await Identified(app, front)(scope, receive, send)
    return [body for body in heard if body]


@pytest.mark.parametrize("path", ["/api/v1/sites/nord/events", "/api/v1/sites/nord/points"])
async def test_a_stream_ends_when_the_right_to_read_is_taken_away(
    access: Access, clock: Clock, path: str
) -> None:
    front = Front(access=access, now_ns=clock)
    roles = partial(access.accounts.set_roles, "erika")
    assert await streamed(access, front, path, lambda: None) == [b"0", b"1", b"2", b"3"]
    assert await streamed(access, front, path, partial(roles, [Role.OPERATOR, Role.VIEWER])) == [
        b"0", b"1", b"2", b"3"
    ]  # fmt: skip
    assert await streamed(access, front, path, partial(roles, [Role.OPERATOR], ["sued"])) == [b"0", b"1"]


async def test_a_stream_ends_when_the_right_to_read_one_of_its_subjects_is_taken_away(
    access: Access, clock: Clock
) -> None:
    class Narrower(Front):
        def may(self, who: Identity, action: str, kind: str, site: str) -> Granted | Refused:
            answer = super().may(who, action, kind, site)
            return Refused(why="not alarms") if kind == "alarm" and not who.roles else answer

    front = Narrower(access=access, now_ns=clock)
    change = partial(access.accounts.set_roles, "erika", [])
    assert await streamed(access, front, "/api/v1/me", change) == [b"0", b"1"]


async def test_a_body_that_is_too_long_is_not_read(access: Access, clock: Clock) -> None:
    async def in_parts() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 10_000

    async with desk(access, clock) as client:
        told = await client.post("/api/v1/sign-in", content=b"x" * 65_537)
        untold = await client.post(
            "/api/v1/sign-in", content=in_parts(), headers={"content-type": "application/json"}
        )
    assert (told.status_code, untold.status_code) == (413, 413)


async def test_a_client_that_asks_too_fast_waits(access: Access, clock: Clock) -> None:
    async with desk(access, clock, paces=Paces()) as client:
        answers = [await client.get("/healthz") for _ in range(401)]
        posts = [await client.post("/api/v1/sign-in", content=b"") for _ in range(31)]
        assert [answer.status_code for answer in answers] == [200] * 400 + [429]
        assert posts[-1].status_code == 429
        assert posts[-1].headers["retry-after"] == "1"
        clock.on(s=0.1)
        assert (await client.get("/healthz")).status_code == 200


async def test_no_secret_stands_in_a_log(
    access: Access, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        async with desk(access, clock) as client:
            await sign_in(client)
            secret = client.cookies["aios"]
            headers = token(access, clock, "erika", Role.OPERATOR)
            await client.get("/api/v1/me", headers=headers)
            await client.get("/api/v1/me", headers={"authorization": "Bearer aios_not-a-token-of-ours"})
            for _ in range(7):
                await sign_in(client, "a password as name", "wrong password")
            invalid = {"name": "erika", "password": PASSWORD, "more": 1}
            told = await client.post("/api/v1/sign-in", json=invalid)
    secrets = [PASSWORD, "wrong password", "a password as name", secret, headers["authorization"][7:]]
    written = repr(lines) + caplog.text + told.text
    assert [one for one in (*secrets, "aios_not-a-token-of-ours") if one in written] == []
    assert "sign_in_failed" in written

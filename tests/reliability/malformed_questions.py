"""Malformed HTTP: requests at the control room's app as it is, and bytes at its real server.

Most requests go to the app in process, as the server hands them over: what the server itself refuses would
never come that far. A part of them goes as bytes to the real server on a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any, Final
from urllib.parse import quote_from_bytes

from aios.api.app import make_app
from aios.control_room.feed import Feed
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource
from tests.reliability.malformed import Found
from tests.reliability.mutate import mutated

TARGETS: Final = (
    *("/", "/commands", "/points", "/runtime", "/events?page=points", "/api/v1/snapshot", "/healthz"),
    *("/metrics", "/lineage/nord-40980-1", "/history/grid/active_power?last=day", "/static/main.js"),
    *("/static/../app.py", "/nowhere", "/history/%2e%2e%2f?last=x", "/api/v1/openapi.json"),
    *("/api/v1/sites", "/api/v1/sites/nord/points?limit=2", "/api/v1/sites/nord/alarms?cursor=WzFd"),
    *("/api/v1/sites/nord/repair-orders", "/api/v1/sites/nord/commands/x", "/api/v1/sites/nord/journal"),
)
METHODS: Final = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "GÉT", "")
HEADERS: Final = (
    (b"host", b"127.0.0.1:8080"),
    (b"accept", b"text/html,application/json;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"if-none-match", b'"abc"'),
    (b"range", b"bytes=0-10"),
    (b"last-event-id", b"41"),
    (b"content-length", b"2"),
    (b"content-type", b"application/json"),
    (b"cookie", b"a=b"),
)
EXPECTED: Final = frozenset({200, 206, 303, 304, 307, 400, 401, 403, 404, 405, 413, 416, 421, 422, 503})
VALID_EVERY: Final = 100
SOCKET_SHARE: Final = 100
"""Of so many requests one goes to a real server."""


def scope_of(dice: random.Random) -> dict[str, Any]:
    """Return a request as a server hands it over, of a valid one that is damaged in one to three places."""
    target = dice.choice(TARGETS)
    path, _, query = target.partition("?")
    raw_path, raw_query, method = path.encode(), query.encode(), "GET"
    headers = [dice.choice(HEADERS) for _ in range(dice.randrange(4))]
    headers.insert(0, HEADERS[0])
    for _ in range(dice.randint(1, 3)):
        match dice.randrange(5):
            case 0:
                raw_path = b"/" + mutated(raw_path[1:] or b"x", dice)
            case 1:
                raw_query = mutated(raw_query or b"page=x", dice)
            case 2:
                method = dice.choice(METHODS)
            case 3 if headers:
                place = dice.randrange(len(headers))
                name, value = headers[place]
                headers[place] = name, mutated(value, dice)
            case _:
                headers = headers[dice.randrange(2) :] * dice.randint(1, 3)
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": raw_path.decode("utf-8", errors="replace"), "raw_path": raw_path,
        "query_string": quote_from_bytes(raw_query, safe="=&%+/?-_.~").encode(), "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8080),
    }  # fmt: skip


VALID: Final[dict[str, Any]] = {
    "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
    "path": "/api/v1/snapshot", "raw_path": b"/api/v1/snapshot", "query_string": b"", "root_path": "",
    "headers": [HEADERS[0]], "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8080),
}  # fmt: skip


async def asked(app: Any, scope: dict[str, Any], body: bytes = b"") -> int:
    """Ask the app; return the status, 0 where it gave none. The asker leaves after the body."""
    came = [{"type": "http.request", "body": body, "more_body": False}]
    status = 0

    async def receive() -> dict[str, Any]:
        return came.pop() if came else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(dict(scope), receive, send)
    return status


async def malformed_requests(seed: int, count: int, found: Found) -> None:
    """Ask the app `count` malformed questions; now and then a valid one."""
    dice = random.Random(f"{seed}/requests")
    source = FakeSource()
    feed = Feed(source)
    await feed.poll()
    app = make_app(source, assets(), feed=feed)
    for number in range(count):
        scope = scope_of(dice)
        try:
            async with asyncio.timeout(5.0):
                status = await asked(app, scope, dice.randbytes(dice.randrange(64)))
        except Exception as failure:  # noqa: BLE001 - that is what is looked for
            found.breaks(f"{scope['method']} {scope['raw_path'][:60]!r}: {type(failure).__name__}: {failure}")
            continue
        found.counts[f"status {status}"] += 1
        if status not in EXPECTED:
            found.breaks(f"{scope['method']} {scope['raw_path'][:60]!r} is answered with {status}")
        if number % VALID_EVERY == 0:
            with found.valid():
                if await asked(app, VALID) != 200:
                    found.breaks("a valid request is not answered with 200")
    feed.close()


def raw_request(dice: random.Random) -> bytes:
    """Return the bytes of a damaged request."""
    lines = [f"GET {dice.choice(TARGETS)} HTTP/1.1".encode()]
    lines += [b"%s: %s" % header for header in HEADERS if dice.random() < 0.5 or header is HEADERS[0]]
    return mutated(b"\r\n".join([*lines, b"", b""]), dice)


async def malformed_bytes(port: int, seed: int, count: int, found: Found) -> None:
    """Send `count` damaged requests to the real server, each on a connection of its own."""
    dice = random.Random(f"{seed}/bytes")
    for number in range(count):
        with contextlib.suppress(OSError):  # hanging up on rubbish is an answer
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(raw_request(dice))
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(0.02):
                    answer = await reader.read(64)
                    if answer.startswith(b"HTTP/1.1 500"):
                        found.breaks("a damaged request on a socket is answered with 500")
            writer.transport.abort()
        found.counts["requests on a socket"] += 1
        if number % 20 == 0:
            with found.valid():
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if not (await reader.read(64)).startswith(b"HTTP/1.1 200"):
                    found.breaks("a valid request on a socket is not answered with 200")
                writer.transport.abort()

"""What every answer carries, and which requests are not taken: by host, method, origin, pace and length."""

from __future__ import annotations

import math
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aios.api.front import BODY_MOST, Front
from aios.api.identity import cookie_of
from aios.api.origin import SAFE, foreign
from aios.api.problem import problem

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TOO_LONG: Final = f"a body has at most {BODY_MOST} bytes"
BEGINS: Final = "/sign-in/oidc"
STRICT_TRANSPORT: Final = "max-age=31536000"
ACTS_BELOW: Final = "/api/v1/"
"""Paths that say themselves what may be asked of them."""

_log = structlog.get_logger(__name__)


class Guard:
    """Adds the security headers and turns away what comes by a foreign name, from elsewhere, or too fast.

    A foreign host name is how a page from elsewhere reaches this one by rebinding its own name.
    Pages are only read; what changes something stands below `/api/v1/`.
    """

    def __init__(self, app: ASGIApp, front: Front) -> None:
        self._app = app
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a question on, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
                if self._front.tls:
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, guarded)
        else:
            await self._answer(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, method = Headers(scope=scope), scope["method"]
        host = host_name(headers.get("host", ""))
        if host not in self._front.hosts:
            return problem(421, f"this page does not answer for {host!r}")
        waiting = self._wait_s(scope)
        if waiting > 0:
            return problem(429, "too many requests", {"Retry-After": str(math.ceil(waiting))})
        if method not in SAFE and not scope["path"].startswith(ACTS_BELOW):
            return problem(405, "this page only shows: ask with GET", {"Allow": "GET, HEAD"})
        if why := foreign(method, headers, by_cookie=bool(cookie_of(headers, self._front))):
            return problem(403, why)
        if too_long(headers):
            return problem(413, TOO_LONG)
        return None

    def _wait_s(self, scope: Scope) -> float:
        paces = self._front.paces
        if paces is None:
            return 0.0
        source = scope["client"][0] if scope.get("client") else ""
        buckets = paces.reads if scope["method"] in SAFE and not _begins(scope["path"]) else paces.acts
        return buckets.take(source, now_ns=self._front.now_ns())

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_MOST:
                raise BodyTooLong
            return message

        try:
            await self._app(scope, bounded, noticed)
        except Exception:  # foreign code: whatever fails, the person gets words and the log gets the trace
            _log.exception("page_failed", path=scope["path"])
            if started:
                raise
            await problem(500, "the control room failed to answer; its log says why")(scope, receive, send)


def _begins(path: str) -> bool:
    """Tell whether a path is read, and yet changes something: it begins or ends a way to a provider."""
    return path.rstrip("/").startswith(BEGINS)


class BodyTooLong(HTTPException):
    """More bytes came than are read, whatever the request said of its length."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LONG)


def too_long(headers: Headers) -> bool:
    """Tell whether a request says itself that it is too long."""
    told = headers.get("content-length", "0")
    return not (told.isascii() and told.isdecimal() and len(told) < 19) or int(told) > BODY_MOST


def host_name(host: str) -> str:
    """Return the host of a Host header without its port.

    >>> host_name("127.0.0.1:8080"), host_name("[::1]:8080"), host_name("localhost")
    ('127.0.0.1', '[::1]', 'localhost')
    """
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host

"""What every answer carries, and which questions are not taken: the page is this machine's own."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
METHODS: Final = frozenset({"GET", "HEAD"})
ACTS_BELOW: Final = "/api/v1/sites"
"""Paths that say themselves what may be asked of them."""

_log = structlog.get_logger(__name__)


class Guard:
    """Adds the security headers and turns away foreign host names and every method but GET.

    A foreign host name is how a page from elsewhere reaches this one by rebinding its own name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
            await send(message)

        host = host_name(Headers(scope=scope).get("host", ""))
        if host not in HOSTS:
            await problem(421, f"this page does not answer for {host!r}")(scope, receive, guarded)
        elif scope["method"] not in METHODS and not scope["path"].startswith(ACTS_BELOW):
            await problem(405, "this version only shows: ask with GET")(scope, receive, guarded)
        else:
            await self._answer(scope, receive, guarded)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception:  # foreign code: whatever fails, the person gets words and the log gets the trace
            _log.exception("page_failed", path=scope["path"])
            if started:
                raise
            await problem(500, "the control room failed to answer; its log says why")(scope, receive, send)


def host_name(host: str) -> str:
    """Return the host of a Host header without its port.

    >>> host_name("127.0.0.1:8080"), host_name("[::1]:8080"), host_name("localhost")
    ('127.0.0.1', '[::1]', 'localhost')
    """
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host

"""Where a request comes from: what changes something is taken from this page's own origin alone."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""


def foreign(method: str, headers: Headers, *, by_cookie: bool) -> str:
    """Say why a request is not taken from where it comes; empty where it is.

    A browser says where a request comes from, in `Origin` and `Sec-Fetch-Site`; a page cannot forge either. A
    program says nothing and has no cookie. What says nothing and has one is no program of ours.

    Args:
        method: of HTTP.
        headers: of the request.
        by_cookie: whether the request shows the cookie of a sign-in, which a browser adds by itself.
    """
    if method in SAFE:
        return ""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return f"this request comes from another page (Sec-Fetch-Site: {site[:40]})"
    if origin is not None and not _same(origin, headers.get("host", "")):
        return f"this request comes from another page (Origin: {origin[:80]})"
    if site is None and origin is None and by_cookie:
        return "a request with the cookie of a sign-in says where it comes from: send the header Origin"
    return ""


def _same(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host != ""
    except ValueError:
        return False

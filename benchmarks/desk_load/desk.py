"""A desk without a browser: signed in over HTTP, it follows one page and notes what came when."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from benchmarks.desk_load.plant import WATCHED

_ROW: Final = re.compile(rf'data-key="{WATCHED}".*?<td class="num"><b>([^<]*)</b>', re.DOTALL)
_LINE: Final = 2**24
"""Bytes that one line of a stream may have."""


@dataclass(slots=True, kw_only=True)
class Heard:
    """What one desk was told; times are seconds since 1970 UTC."""

    page: str
    beats: list[tuple[float, float]] = field(default_factory=list)
    """When a beat came, and of which moment the gateway's state was."""
    values: dict[str, float] = field(default_factory=dict)
    """By the digits of a watched value when it came first."""
    size: int = 0
    """Bytes that came."""

    def ages_s(self) -> list[float]:
        """Return how old the state got that this desk showed, right before each beat brought a newer one."""
        pairs = zip(self.beats, self.beats[1:], strict=False)
        return [came - shown for (_, shown), (came, now) in pairs if now > shown]


async def signed_in(url: str, name: str, password: str) -> str:
    """Sign in; return the cookie."""
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.post("api/v1/sign-in", json={"name": name, "password": password})
        answer.raise_for_status()
        return "; ".join(f"{key}={value}" for key, value in answer.cookies.items())


async def opened(url: str, page: str, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for the stream of a page."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=_LINE)
    asked = f"GET /events?page={page} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n"
    writer.write(asked.encode())
    await writer.drain()
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"the stream of {page} answers {status!r}")
    return reader, writer


async def follow(url: str, page: str, cookie: str, heard: Heard) -> None:
    """Follow a page until cancelled."""
    reader, writer = await opened(url, page, cookie)
    try:
        event, data = "", []
        while line := await reader.readline():
            heard.size += len(line)
            name, _, rest = line.rstrip(b"\r\n").partition(b": ")
            if name == b"event":
                event = rest.decode()
            elif name == b"data":
                data.append(rest)
            elif not line.strip() and event:
                _take(heard, event, b"\n".join(data).decode())
                event, data = "", []
    finally:
        writer.close()


def _take(heard: Heard, event: str, data: str) -> None:
    now = time.time()
    if event == "beat":
        heard.beats.append((now, json.loads(data)["now_ms"] / 1000))
    elif event == "points" and (row := _ROW.search(data)):
        heard.values.setdefault("".join(filter(str.isdecimal, row[1])), now)

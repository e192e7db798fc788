"""A policy server on a real socket: as small as HTTP allows, and as wrong as a test wants it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

Reply = Callable[[Any], "tuple[int, bytes] | None"]
"""From the posted document to status and body; None never answers."""


def result(document: object) -> tuple[int, bytes]:
    """A right answer of the data API."""
    return 200, msgspec.json.encode({"result": document})


class OpaStub:
    """Serves `reply` on a port of the loopback interface; `requests` remembers every request line."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.requests: list[str] = []
        self.port = 0
        self._over = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> OpaStub:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.close()
        for writer in tuple(self._open):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = head.split("\r\n")
        self.requests.append(lines[0])
        lengths = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b"{}"
        answer = self.reply(json.loads(body))
        if answer is None:
            await self._over.wait()
            return
        status, content = answer
        head = (
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        await writer.drain()

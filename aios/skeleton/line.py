"""The way to the device: one connection, one request at a time, each sent once.

The protocol is the plainest that works: `7 READ power mode` is answered by `7 OK 12.5 1`, and `8 SET power 5`
by `8 OK`, or by `8 NO and why`. Put your own in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

LONGEST: Final = 4096
"""Bytes of the longest answer; more is no answer."""


class Away(Exception):
    """There is no connection: nothing left."""


class NoAnswer(Exception):
    """The request left, and no answer to it came: it may or may not have been executed."""


class Lapsed(Exception):
    """It was not wanted any more when it could have left."""


class Refused(Exception):
    """The device answered that it did not do it."""


class Line:
    """Asks one device. Whatever goes wrong drops the connection, so that no late answer can be believed."""

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._number = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: str, still_wanted: Callable[[], bool] = lambda: True) -> list[str]:
        """Send a request once, and return the words of its answer.

        Raises:
            Away: there is no connection, nothing left.
            Lapsed: it was not wanted any more after connecting, nothing left.
            NoAnswer: nothing came in time, or what belongs to no request.
            Refused: the device said no.
        """
        reader, writer = await self._connected()
        if not still_wanted():
            raise Lapsed
        self._number += 1
        try:
            async with asyncio.timeout(self._timeout_s):  # over the whole answer
                writer.write(f"{self._number} {request}\n".encode())
                await writer.drain()
                words = (await reader.readuntil(b"\n")).decode("ascii").split()
            self._expect_answer(words)
        except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as failure:
            await self.close()
            raise NoAnswer(f"no answer: {type(failure).__name__}") from failure
        except BaseException:  # also a cancelled caller: the answer may still come, to nobody
            await self.close()
            raise
        if words[1] == "NO":
            raise Refused(" ".join(words[2:]) or "no reason given")
        return words[2:]

    def _expect_answer(self, words: list[str]) -> None:
        """Believe only what answers the last question."""
        if words[:1] != [str(self._number)] or words[1:2] not in (["OK"], ["NO"]):
            raise NoAnswer(f"an answer to another question: {words[:2]}")

    async def close(self) -> None:
        """Drop the connection, where there is one."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.transport.abort()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is not None and self._writer is not None:
            return self._reader, self._writer
        try:
            async with asyncio.timeout(self._timeout_s):
                self._reader, self._writer = await asyncio.open_connection(*self._address, limit=LONGEST)
        except (OSError, TimeoutError) as failure:
            raise Away(f"{self._address[0]}:{self._address[1]} cannot be reached") from failure
        return self._reader, self._writer

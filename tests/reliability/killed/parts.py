"""What can be killed: broker, database, page and gateway, each with its start and its end by SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psycopg

from benchmarks.field_outage.database import EmbeddedDatabase

READY_S = 180.0
LOOK_S = 0.02
UP_SOON = (psycopg.Error, OSError, RuntimeError, AssertionError, subprocess.SubprocessError)
"""What the wheel of the database raises while what was killed is still on its way out."""


class Part(Protocol):
    """A process of the whole, or several that die together."""

    name: str

    async def start(self) -> None:
        """Start it, and return when it answers."""
        ...

    def kill(self) -> None:
        """End it by SIGKILL, as the kernel does when memory runs out."""
        ...

    async def stop(self) -> None:
        """End it in order."""
        ...


class Program:
    """A program that says on its first line that it is ready, or listens on a port."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.name, self._command, self._log, self._port = name, command, log, port
        self._env = None if env is None else {**os.environ, **env}
        self._process: Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=DEVNULL, stdout=log if self._port else PIPE, stderr=log, env=self._env
            )
        try:
            async with asyncio.timeout(READY_S):
                await (self._listens() if self._port else self._says())
        except TimeoutError:
            tail = self._log.read_text(errors="replace")[-3000:]
            raise TimeoutError(f"{self.name} did not get ready; the end of its log:\n{tail}") from None

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """End it in order; what takes too long is killed."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(15.0):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _says(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while b"ready" not in (line := await self._process.stdout.readline()):
            if not line:
                raise RuntimeError(f"{self.name} ended: {self._log.read_text(errors='replace')[-3000:]}")

    async def _listens(self) -> None:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1.0):
                return
            await asyncio.sleep(LOOK_S)


class Database:
    """PostgreSQL: all its processes are killed at once."""

    name = "database"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.server: EmbeddedDatabase | None = None

    @property
    def running(self) -> EmbeddedDatabase:
        """The server, once it was started."""
        assert self.server is not None
        return self.server

    async def start(self) -> None:
        if self.server is None:
            self.server = await asyncio.to_thread(EmbeddedDatabase, self._folder)
        end = time.monotonic() + READY_S
        while True:
            try:
                await asyncio.to_thread(self.running.start)
                await asyncio.to_thread(self.running.asked, "SELECT 1")
            except UP_SOON as error:
                if time.monotonic() > end:
                    raise TimeoutError(f"the database did not come back: {error}") from error
                await asyncio.sleep(LOOK_S)
            else:
                return

    def kill(self) -> None:
        postmaster = int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        for process in (postmaster, *_children(postmaster)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    async def stop(self) -> None:
        """Stop it for good."""
        if self.server is not None:
            await asyncio.to_thread(self.server.close)


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, its = path.read_text().rpartition(")")[2].split()[:2]
            if int(its) == parent and state != "Z":
                found.append(int(path.parent.name))
    return found

"""A small stand-in for systemd: listens to NOTIFY_SOCKET, kills on a missed watchdog, restarts at once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulators.field.server import FieldServers


@dataclass
class Unit:
    """One service: its command, its watchdog, and what it said when (monotonic seconds)."""

    command: Sequence[str]
    folder: Path
    watchdog_s: float
    environment: Mapping[str, str] = field(default_factory=dict)
    said: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    stopping: bool = False
    process: asyncio.subprocess.Process | None = None
    field: FieldServers | None = None
    """Its devices, where they are served in this process."""

    def when(self, key: str, *, after: float = 0.0) -> float | None:
        """Return when a word was first said after a moment; None where it was not."""
        return next((at for at, words in self.said if at > after and key in words), None)

    async def until(self, key: str, *, after: float = 0.0, within_s: float = 30.0) -> float:
        """Wait for a word; return when it was said."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if (at := self.when(key, after=after)) is not None:
                return at
            await asyncio.sleep(0.01)
        log = (self.folder / "log").read_text(errors="replace")[-3000:]
        raise TimeoutError(f"{key} was not said within {within_s:g} s; {self.said[-3:]}\n{log}")

    async def run(self) -> None:
        """Keep the service until it is cancelled."""
        path = self.folder / "notify"
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard,
            (self.folder / "log").open("ab") as log,
        ):
            heard.bind(str(path))
            heard.setblocking(False)  # noqa: FBT003
            environment = {
                **os.environ,
                **self.environment,
                "NOTIFY_SOCKET": str(path),
                "WATCHDOG_USEC": str(round(self.watchdog_s * 1e6)),
            }
            while not self.stopping:
                self.process = await asyncio.create_subprocess_exec(
                    *self.command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=log
                )
                watching = asyncio.ensure_future(self._watch(heard, self.process))
                try:
                    self.exits.append(await self.process.wait())
                finally:
                    watching.cancel()
                    if self.process.returncode is None:
                        self.process.kill()
                        await self.process.wait()

    async def _watch(self, heard: socket.socket, process: asyncio.subprocess.Process) -> None:
        """Hear what the service says; from READY on it must feed the watchdog."""
        fed, waits_s = None, self.watchdog_s
        while True:
            await asyncio.sleep(0.01)
            for words in _heard(heard):
                self.said.append((time.monotonic(), words))
                waits_s = int(words.get("WATCHDOG_USEC", waits_s * 1e6)) / 1e6
                if "READY" in words or "WATCHDOG" in words:
                    fed = time.monotonic()
            if fed is not None and time.monotonic() - fed > waits_s and process.returncode is None:
                self.kills.append(time.monotonic())
                process.send_signal(signal.SIGABRT)
                return


def _heard(listener: socket.socket) -> Iterator[dict[str, str]]:
    """Yield what has been said since the last look."""
    while True:
        try:
            body = listener.recv(4096)
        except BlockingIOError:
            return
        yield dict(line.split("=", 1) for line in body.decode().splitlines())

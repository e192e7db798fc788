"""A command as a supervised child: a process of its own, asked to end by SIGTERM, killed by SIGKILL."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Sequence

from kernel.shell.child import SHUTDOWN_S, Child, ChildSpec, Crashed, Exit, Normal, Restart


class ProcessChild:
    """One run of a command."""

    def __init__(self, command: Sequence[str]) -> None:
        """Describe a process."""
        self._command = tuple(command)
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 where it has none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start the process; it inherits standard output and error, and no words for systemd."""
        self._process = await asyncio.create_subprocess_exec(*self._command, stdin=asyncio.subprocess.DEVNULL)

    async def ended(self) -> Exit:
        """Return how the process ended: code 0 is an end as it should be."""
        if self._process is None:
            return Crashed("it was not started")
        code = await self._process.wait()
        return Normal() if code == 0 else Crashed(f"exit code {code}")

    async def stop(self) -> None:
        """Ask it to end and wait for that."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()

    async def kill(self) -> None:
        """Kill it and reap it."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def process(
    name: str,
    command: Sequence[str],
    *,
    restart: Restart = Restart.PERMANENT,
    shutdown_s: float = SHUTDOWN_S,
) -> ChildSpec:
    """Describe a command as a child."""

    def make() -> Child:
        return ProcessChild(command)

    return ChildSpec(name=name, make=make, restart=restart, shutdown_s=shutdown_s)

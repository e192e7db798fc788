"""A process and its parent: its ready line, the word that it is to end, and children ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

END_S: Final = 8.0
"""Real seconds a process may take to end in order before it is killed."""


class NotReady(RuntimeError):
    """A child process ended, or stayed silent, before it was ready."""


class Stage:
    """One process of the demo: it says on its first line that it is ready, and is then told to begin."""

    def __init__(self, name: str, arguments: Sequence[str], log_file: Path) -> None:
        """Describe a process; its log goes to a file."""
        self.name = name
        self._arguments = tuple(arguments)
        self._log_file = log_file
        self._child: Process | None = None

    async def start(self) -> None:
        """Start it."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log_to:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self._arguments, stdin=PIPE, stdout=PIPE, stderr=log_to
            )

    async def ready(self, timeout_s: float) -> dict[str, Any]:
        """Return what its ready line says.

        Raises:
            NotReady: it ended or said nothing in time; the message shows the end of its log.
        """
        assert self._child is not None  # noqa: S101 - started before
        assert self._child.stdout is not None  # noqa: S101 - opened as a pipe
        try:
            async with asyncio.timeout(timeout_s):
                line = await self._child.stdout.readline()
            said: dict[str, Any] = json.loads(line)
        except (TimeoutError, json.JSONDecodeError) as error:
            tail = self._log_file.read_text(errors="replace")[-2000:]
            raise NotReady(f"{self.name} did not get ready; the end of its log:\n{tail}") from error
        return said

    def tell(self, line: str) -> None:
        """Write one line to its standard input."""
        assert self._child is not None  # noqa: S101 - started before
        assert self._child.stdin is not None  # noqa: S101 - opened as a pipe
        self._child.stdin.write(f"{line}\n".encode())

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return None if self._child is None else self._child.returncode

    @property
    def pid(self) -> int:
        """Its process id; 0 before it was started."""
        return 0 if self._child is None else self._child.pid

    async def stop(self) -> int:
        """End it in order; return its exit code."""
        return 0 if self._child is None else await end(self._child)


async def end(child: Process) -> int:
    """Ask a process to end, and kill it when it does not."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(END_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()
    return child.returncode or 0


def say_ready(**facts: object) -> None:
    """Tell the parent that this process is ready."""
    sys.stdout.write(json.dumps({"ready": True, **facts}) + "\n")
    sys.stdout.flush()


async def hear_line() -> str:
    """Return the next line of standard input; empty when it is closed."""
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()

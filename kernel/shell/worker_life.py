"""One life of a worker process, as a supervisor keeps it: started, talked to in a thread, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

from kernel.point import NANOSECONDS
from kernel.shell.child import Child, ChildSpec, Crashed, Exit, Stopped
from kernel.shell.worker_process import Begin, Work, Worked
from kernel.shell.worker_seat import Seat

START_S: Final = 180.0
"""Real seconds that the agents of a process may take to compile what no cache holds and to learn the past."""
BEGIN: Final = "import sys; from kernel.shell.worker_process import main; main(int(sys.argv[1]))"
"""What the process runs: the module under its own name, so that what is pickled is the same on both ends."""
END_S: Final = 1.0
"""Real seconds between the end of the conversation and the kill: a step that runs has no say in it."""


class WorkerLife:
    """A process and the thread that talks to it."""

    def __init__(self, seat: Seat, now_ns: Callable[[], int], stopwatch_ns: Callable[[], int]) -> None:
        """Describe a life on a seat."""
        self._seat = seat
        self._now_ns = now_ns
        self._stopwatch_ns = stopwatch_ns
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False
        self._why = ""
        self._begun_ns = 0
        self._is_ready = False
        self._end: asyncio.Future[Exit] | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 where it has none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start the process; its agents are ready some seconds later, meanwhile jobs wait.

        Its thread starts it: who calls this off meanwhile still finds a process to stop, and it is reaped.

        Raises:
            OSError: the system has no process left.
        """
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        self._begun_ns = self._stopwatch_ns()
        stands: asyncio.Future[None] = loop.create_future()
        given = (loop, stands, self._end)
        threading.Thread(target=self._live, args=given, name=self._seat.plan.name, daemon=True).start()
        await stands

    async def ended(self) -> Exit:
        """Return when the process has ended, and why."""
        return Stopped("never started") if self._end is None else await asyncio.shield(self._end)

    async def stop(self) -> None:
        """End the conversation and the process with it: a step is not waited for."""
        self._over = True
        self._seat.wake()
        await self.kill()

    async def kill(self) -> None:
        """Kill the process and wait until its thread has heard of it."""
        self.strike("stopped")
        await self.ended()

    def strike(self, why: str) -> None:
        """Kill the process, from any thread; the step that it is at ends with these words."""
        self._why = self._why or why
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def late_start(self) -> str:
        """Say that the agents took too long to start; empty where they did not."""
        is_late = not self._is_ready and self._stopwatch_ns() - self._begun_ns > START_S * NANOSECONDS
        return f"overdue: the agents did not start within {START_S:g} s" if is_late else ""

    # In the thread.

    def _live(
        self, loop: asyncio.AbstractEventLoop, stands: asyncio.Future[None], end: asyncio.Future[Exit]
    ) -> None:
        """Be the process's thread: start it, talk to it, reap it, say how it ended."""
        ours, theirs = socket.socketpair()
        with Connection(ours.detach()) as channel:
            try:
                with theirs:
                    self._process = process = _spawn(theirs.fileno())
            except OSError as error:
                _tell(loop, end, Crashed(f"it did not start: {error}"))
                _tell(loop, stands, error)
                return
            if self._why:  # struck before there was anything to strike
                process.kill()
            _tell(loop, stands, None)
            why = self._converse(channel)
        try:
            code = process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        self._seat.lost(self._why or why)
        _tell(loop, end, Stopped() if self._over else Crashed(self._why or f"exit code {code}"))

    def _converse(self, channel: Connection) -> str:
        """Give jobs and take results until one side has had enough; return why no result came."""
        try:
            self._begin(channel)
            while (given := self._seat.take(lambda: self._over or self._is_dead())) is not None:
                channel.send(Work(agent=given.job.agent, view=given.job.view, anew=given.anew))
                worked: Worked = channel.recv()
                self._seat.done(given, worked)
        except Exception as error:  # noqa: BLE001 - a dead process, or a step that cannot travel
            return f"worker process gave no result: {type(error).__name__}"
        return "worker process gave no result"

    def _begin(self, channel: Connection) -> None:
        channel.send(tuple(sys.path))
        plan, parent = self._seat.plan, os.getpid()
        channel.send(Begin(plan=plan, now_ns=self._now_ns(), parent=parent))
        channel.recv()
        self._is_ready = True
        self._seat.ready.set()

    def _is_dead(self) -> bool:
        return self._process is None or self._process.poll() is not None


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], word: object) -> None:
    """Answer who waits on the loop, if anybody still does."""

    def answer() -> None:
        if future.done():
            return
        if isinstance(word, Exception):
            future.set_exception(word)
        else:
            future.set_result(word)

    with contextlib.suppress(RuntimeError):  # the loop was closed first: nobody waits for this any more
        loop.call_soon_threadsafe(answer)


def _spawn(descriptor: int) -> subprocess.Popen[bytes]:
    """Start a worker without words for systemd: only the gateway feeds its watchdog."""
    command = [sys.executable, "-c", BEGIN, str(descriptor)]
    quiet = {key: value for key, value in os.environ.items() if key not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=(descriptor,), env=quiet)  # noqa: S603


def worker(seat: Seat, make: Callable[[], Child]) -> ChildSpec:
    """Describe the process of a seat as a child."""
    return ChildSpec(name=seat.plan.name, make=make, shutdown_s=END_S * 3)

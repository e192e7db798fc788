"""One life of a worker process, as a supervisor keeps it: started, talked to in a thread, ended."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

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
        self._channel: Connection | None = None
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
        """Start the process; its agents are ready some seconds later, meanwhile jobs wait."""
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        self._begun_ns = self._stopwatch_ns()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-c", BEGIN, str(theirs.fileno())]
        try:
            self._process = await asyncio.to_thread(_spawn, command, theirs.fileno())
        finally:
            theirs.close()
            self._channel = Connection(ours.detach())
        name = f"{self._seat.plan.name} {self._process.pid}"
        threading.Thread(target=self._converse, args=(loop,), name=name, daemon=True).start()

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
        if self._process is not None:
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

    def _converse(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._process is not None  # noqa: S101 - started before its thread
        assert self._channel is not None  # noqa: S101 - made before its thread
        why = "worker process gave no result"
        try:
            self._begin(self._channel)
            while (given := self._seat.take(lambda: self._over or self._is_dead())) is not None:
                self._channel.send(Work(agent=given.job.agent, view=given.job.view, anew=given.anew))
                worked: Worked = self._channel.recv()
                self._seat.done(given, worked)
        except Exception as error:  # noqa: BLE001 - a dead process, or a step that cannot travel
            why = f"worker process gave no result: {type(error).__name__}"
        self._channel.close()
        try:
            code = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._seat.lost(self._why or why)
        end = Stopped() if self._over else Crashed(self._why or f"exit code {code}")
        try:
            loop.call_soon_threadsafe(self._note_end, end)
        except RuntimeError:  # the loop was closed first: nobody waits for this any more
            return

    def _begin(self, channel: Connection) -> None:
        channel.send(tuple(sys.path))
        plan, parent = self._seat.plan, os.getpid()
        channel.send(Begin(plan=plan, now_ns=self._now_ns(), parent=parent))
        channel.recv()
        self._is_ready = True
        self._seat.ready.set()

    def _is_dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _note_end(self, end: Exit) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_result(end)


def _spawn(command: list[str], descriptor: int) -> subprocess.Popen[bytes]:
    """Start a worker without words for systemd: only the gateway feeds its watchdog."""
    quiet = {key: value for key, value in os.environ.items() if key not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=(descriptor,), env=quiet)  # noqa: S603


def worker(seat: Seat, make: Callable[[], Child]) -> ChildSpec:
    """Describe the process of a seat as a child."""
    return ChildSpec(name=seat.plan.name, make=make, shutdown_s=END_S * 3)

"""The embedded gate in a process of its own, so that a runaway policy cannot hold the control loop.

The embedded evaluator keeps the interpreter lock during an evaluation: a thread beside the loop would
freeze it just the same. A process can be left waiting, and be ended.

Its restarts have a budget, as those of any subsystem: the first comes at once, the next ones after pauses
that double. When the budget is spent no process comes any more, and every judgement is a failure that says
so.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from kernel.ports import GateRequest
from kernel.shell.clock import stopwatch_ns
from kernel.shell.restart_budget import RestartBudget
from kernel.verdict import Judgement
from policies.bundle import PolicyBundle
from policies.gate import believe_text, encode_request
from policies.worker import FAILED, LENGTH, READY

log = structlog.get_logger()

_START_S: Final = 30.0
"""Real seconds a policy process may take to compile its bundle."""
_LONGEST_FRAME: Final = 16 * 1024 * 1024
INTENSITY: Final = 5
"""Restarts of the policy process in a period before it is given up."""
PERIOD_S: Final = 60.0
PAUSE_S: Final = 1.0
"""Real seconds before the second restart in a period; each further one waits twice as long."""


def pause_s(restart: int) -> float:
    """Return how long a restart waits, by its number in the period, real seconds.

    >>> [pause_s(restart) for restart in (1, 2, 3, 4, 5)]
    [0.0, 1.0, 2.0, 4.0, 8.0]
    """
    return PAUSE_S * 2.0 ** (restart - 2) if restart > 1 else 0.0


class ProcessGate:
    """Judges in a policy process; one that is overdue or broken is ended and replaced off the tick."""

    def __init__(
        self,
        bundle: PolicyBundle,
        *,
        budget_s: float,
        on_start: Callable[[int], None] = lambda _: None,
        now_ns: Callable[[], int] = stopwatch_ns,
    ) -> None:
        """Prepare a gate; `open` starts its process.

        Args:
            bundle: what the process compiles.
            budget_s: real seconds an answer may take before the process is ended, > 0.
            on_start: told the process id of every policy process that is ready.
            now_ns: real time, nanoseconds, in which restarts are counted.
        """
        self.revision = bundle.revision
        self._bundle = msgspec.json.encode(bundle)
        self._reads = bundle.reads
        self._budget_s = budget_s
        self._on_start = on_start
        self._child: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._asking = False
        self._ending: set[asyncio.Task[None]] = set()
        self._why = "the policy process has not been started"
        self._now_ns = now_ns
        self._budget = RestartBudget(intensity=INTENSITY, period_s=PERIOD_S)
        self.restarts = 0
        """Processes that were started in the place of another."""
        self.gave_up = ""
        """Why no process comes any more; empty while one does."""
        self.pid = 0
        """Of the process that judges; 0 while there is none."""
        self._given_up = asyncio.Event()

    async def given_up(self) -> str:
        """Return when no process comes any more, and why."""
        await self._given_up.wait()
        return self.gave_up

    async def open(self) -> None:
        """Start the policy process and wait until it can judge; a failure shows in every judgement."""
        self._begin()
        if self._starting is not None:
            await self._starting

    async def judge(self, request: GateRequest) -> Judgement:
        """Return a verdict for each command, or a failure that denies them all."""
        if self._asking:
            return Judgement(failure="the policy process is still judging another request")
        child, self._child = self._child, None
        if child is None:
            self._again()
            return Judgement(failure=self._why)
        self._asking = True
        try:
            async with asyncio.timeout(self._budget_s):
                body = await _ask(child, encode_request(request, self._reads))
        except (TimeoutError, OSError, EOFError) as error:
            self._why = f"the policy process was replaced: {_why(error, self._budget_s)}"
            self._end(child)
            self._again()
            return Judgement(failure=self._why)
        except BaseException:  # the exchange is torn: the next answer would belong to this request
            self._end(child)
            raise
        finally:
            self._asking = False
        self._child = child
        return self._judged(body, request)

    async def close(self) -> None:
        """End the process, and wait until every process of this gate is gone."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        if self._child is not None:
            self._end(self._child)
            self._child = None
        if self._ending:
            await asyncio.wait(self._ending)

    def _end(self, child: Process) -> None:
        """Kill a process; it is reaped off the tick."""
        self.pid = 0
        if child.returncode is None:
            child.kill()

    def _reap(self, child: Process) -> None:
        """Wait for the end of a process off the tick; one that ended by itself is replaced at once."""

        async def reaped() -> None:
            code = await child.wait()
            if child is self._child:
                self._child, self.pid = None, 0
                self._why = f"the policy process was replaced: it ended by itself (exit code {code})"
                self._again()

        reaping = asyncio.create_task(reaped(), name="policy process end")
        self._ending.add(reaping)
        reaping.add_done_callback(self._ending.discard)

    def _judged(self, body: bytes, request: GateRequest) -> Judgement:
        if body.startswith(FAILED):
            return Judgement(failure=f"policy process: {body[1:].decode(errors='replace')}")
        return believe_text(body, expected_revision=self.revision, commands=request.commands)

    def _begin(self, after_s: float = 0.0) -> None:
        """Start a process in the background."""
        self._starting = asyncio.create_task(self._start(after_s), name="policy process start")

    def _again(self) -> None:
        """Start another process where the budget allows it and none starts already; else give up, once."""
        if self.gave_up or (self._starting is not None and not self._starting.done()):
            return
        if self._starting is None:
            self._begin()
        elif self._budget.spend(self._now_ns()):
            self.restarts += 1
            self._begin(pause_s(self._budget.spent))
        else:
            budget = f"more than {INTENSITY} restarts in {PERIOD_S:g} s"
            self.gave_up = self._why = f"the policy process was given up: {budget}; last: {self._why}"
            log.error("policy process given up", why=self.gave_up)
            self._given_up.set()

    async def _start(self, after_s: float) -> None:
        child: Process | None = None
        await asyncio.sleep(after_s)
        try:
            async with asyncio.timeout(_START_S):
                # In the session of the gateway: Linux shares processors among sessions first (sched(7),
                # autogroup), and only within its own does an idle worker give way to it at once.
                child = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "policies.worker", stdin=PIPE, stdout=PIPE
                )
                self._reap(child)
                answer = await _ask(child, self._bundle)
        except (TimeoutError, OSError, EOFError) as error:
            answer = f"!{_why(error, _START_S)}".encode()
        except BaseException:  # also a cancelled start: nobody else would end it
            if child is not None:
                self._end(child)
            raise
        if child is not None and answer == READY:
            self._child, self.pid = child, child.pid
            self._on_start(child.pid)
            return
        self._why = f"the policy process did not start: {answer[1:].decode(errors='replace')}"
        if child is not None:
            self._end(child)


async def _ask(child: Process, body: bytes) -> bytes:
    """Exchange one frame for one frame."""
    if child.stdin is None or child.stdout is None:
        raise EOFError("no streams")
    child.stdin.write(LENGTH.pack(len(body)) + body)
    await child.stdin.drain()
    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
    if length > _LONGEST_FRAME:
        raise EOFError(f"a frame of {length} bytes")
    return await child.stdout.readexactly(length)


def _why(error: BaseException, budget_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {budget_s:g} s"
    return f"it ended ({type(error).__name__}: {error})"

"""The embedded gate in a process of its own, so that a runaway policy cannot hold the control loop.

The embedded evaluator keeps the interpreter lock during an evaluation: a thread beside the loop would
freeze it just the same. A process can be left waiting, and be ended.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Final

import msgspec

from kernel.ports import GateRequest
from kernel.verdict import Judgement
from policies.bundle import PolicyBundle
from policies.gate import believe, encode_request
from policies.worker import FAILED, LENGTH, READY

_START_S: Final = 30.0
"""Real seconds a policy process may take to compile its bundle."""
_LONGEST_FRAME: Final = 16 * 1024 * 1024


class ProcessGate:
    """Judges in a policy process; one that is overdue or broken is ended and replaced off the tick."""

    def __init__(
        self, bundle: PolicyBundle, *, budget_s: float, on_start: Callable[[int], None] = lambda _: None
    ) -> None:
        """Prepare a gate; `open` starts its process.

        Args:
            bundle: what the process compiles.
            budget_s: real seconds an answer may take before the process is ended, > 0.
            on_start: told the process id of every policy process that is ready.
        """
        self.revision = bundle.revision
        self._bundle = msgspec.json.encode(bundle)
        self._budget_s = budget_s
        self._on_start = on_start
        self._child: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._asking = False
        self._ending: set[asyncio.Task[int]] = set()
        self._why = "the policy process has not been started"

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
            self._begin()
            return Judgement(failure=self._why)
        self._asking = True
        try:
            async with asyncio.timeout(self._budget_s):
                body = await _ask(child, encode_request(request))
        except (TimeoutError, OSError, EOFError) as error:
            self._why = f"the policy process was replaced: {_why(error, self._budget_s)}"
            self._end(child)
            self._begin()
            return Judgement(failure=self._why)
        except BaseException:
            self._end(child)  # the exchange is torn: the next answer would belong to this request
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
        """Kill a process and reap it off the tick."""
        if child.returncode is None:
            child.kill()
        reaping = asyncio.create_task(child.wait(), name="policy process end")
        self._ending.add(reaping)
        reaping.add_done_callback(self._ending.discard)

    def _judged(self, body: bytes, request: GateRequest) -> Judgement:
        if body.startswith(FAILED):
            return Judgement(failure=f"policy process: {body[1:].decode(errors='replace')}")
        try:
            raw = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            return Judgement(failure=f"the policy process answered no JSON: {error}")
        return believe(raw, expected_revision=self.revision, commands=request.commands)

    def _begin(self) -> None:
        """Start a process in the background, unless one starts already."""
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start(), name="policy process start")

    async def _start(self) -> None:
        child: Process | None = None
        try:
            async with asyncio.timeout(_START_S):
                child = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "policies.worker", stdin=PIPE, stdout=PIPE, start_new_session=True
                )
                answer = await _ask(child, self._bundle)
        except (TimeoutError, OSError, EOFError) as error:
            answer = f"!{_why(error, _START_S)}".encode()
        except BaseException:
            if child is not None:
                self._end(child)
            raise
        if child is not None and answer == READY:
            self._child = child
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

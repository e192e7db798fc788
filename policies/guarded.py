"""The guard around a gate: a budget in real seconds, and a second look at every answer."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog

from kernel.ports import Gate, GateRequest
from kernel.verdict import Judgement
from policies.gate import check_judgement

_log: Final = structlog.get_logger(__name__)


class GuardedGate:
    """Answers within its budget, whatever the gate inside does; what comes late or looks wrong denies.

    While an overdue evaluation still runs, every further request is denied at once: evaluations never
    pile up, and a late answer is never taken for the answer to a newer request.
    """

    def __init__(self, gate: Gate, *, budget_s: float) -> None:
        """Guard a gate.

        Args:
            gate: what judges.
            budget_s: real seconds an answer may take, > 0; below the base tick.
        """
        self.revision = gate.revision
        self._gate = gate
        self._budget_s = budget_s
        self._running: asyncio.Task[Judgement] | None = None
        self._tick = 0
        self._away = False

    async def judge(self, request: GateRequest) -> Judgement:
        """Return a verdict for each command, or a failure that denies them all."""
        judgement = await self._within_budget(request)
        self._note(judgement.failure)
        return judgement

    async def close(self) -> None:
        """Give up what still runs, and release the gate inside."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._gate.close()

    async def _within_budget(self, request: GateRequest) -> Judgement:
        if self._running is not None and not self._running.done():
            return Judgement(failure=f"the policy evaluation of tick {self._tick} is still running")
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._tick = request.tick
        self._running = asyncio.ensure_future(self._gate.judge(request))
        self._running.add_done_callback(_retrieve)
        await asyncio.wait({self._running}, timeout=self._budget_s)
        # An inline gate blocks the loop, so that `wait` finds it done however long it took.
        if not self._running.done() or loop.time() - started > self._budget_s:
            return Judgement(failure=f"the policy evaluation took longer than its {self._budget_s:g} s")
        return self._outcome(self._running, request)

    def _outcome(self, task: asyncio.Task[Judgement], request: GateRequest) -> Judgement:
        if task.cancelled():
            return Judgement(failure="the policy evaluation was cancelled")
        error = task.exception()
        if error is not None:
            return Judgement(failure=f"the policy gate raised {type(error).__name__}: {error}")
        answer: Any = task.result()
        return check_judgement(answer, expected_revision=self.revision, commands=request.commands)

    def _note(self, failure: str) -> None:
        """Log once when the gate goes away and once when it returns."""
        if failure and not self._away:
            _log.error("policy gate gives no verdicts; every command is denied", why=failure)
        elif self._away and not failure:
            _log.info("policy gate judges again", revision=self.revision)
        self._away = bool(failure)


def _retrieve(task: asyncio.Task[Judgement]) -> None:
    """Look at a late exception, so that the loop does not report it as never retrieved."""
    if not task.cancelled():
        task.exception()

"""The embedded gate with the faults of foreign code: it raises, is slow, or answers garbage."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from aios.testing.injected import Faults, Kind
from kernel.ports import Gate, GateRequest
from kernel.verdict import Allow, Judgement, Verdict

JUDGES_S: Final = (0.0005, 0.008)
"""Shortest and longest judgement of a healthy gate, seconds."""


class SimulatedGate:
    """Judges by the real policies; tells what it answered to what."""

    def __init__(
        self, inner: Gate, faults: Faults, seed: str, answered: Callable[[GateRequest, Judgement], None]
    ) -> None:
        """Stand before a gate.

        Args:
            inner: asks the policies.
            faults: of the run.
            seed: of what is random in it.
            answered: hears every well-formed answer that is of the expected revision.
        """
        self.revision = inner.revision
        self._inner = inner
        self._faults = faults
        self._dice = random.Random(f"gate {seed}")
        self._answered = answered

    async def judge(self, request: GateRequest) -> Judgement:
        """Answer, after its time.

        Raises:
            RuntimeError: as a gate that crashed.
        """
        slow = self._faults.acting(Kind.GATE_SLOW)
        await asyncio.sleep(self._dice.uniform(*JUDGES_S) if slow is None else slow.amount)
        if self._faults.acting(Kind.GATE_RAISES):
            raise RuntimeError("the evaluator is gone")
        if self._faults.acting(Kind.GATE_GARBAGE):
            garbage: Judgement = self._garbage(request)
            return garbage
        judgement = await self._inner.judge(request)
        self._answered(request, judgement)
        return judgement

    def _garbage(self, request: GateRequest) -> Any:
        """Return what no gate should say, permits among it that must not count."""
        allowed: dict[str, Verdict] = {command.id: Allow(revision="another") for command in request.commands}
        return self._dice.choice(
            (
                {},
                None,
                Judgement(revision="another", verdicts=allowed),
                Judgement(revision=self.revision, verdicts={}),
                Judgement(revision=self.revision, verdicts=allowed),
                Judgement(revision=self.revision, verdicts={"of-nobody": Allow(revision=self.revision)}),
            )
        )

    async def close(self) -> None:
        """Release nothing."""

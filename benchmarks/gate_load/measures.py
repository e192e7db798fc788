"""What the goals of the gate ask: one command, a hundred, our share, a standing permit, the envelope."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.gate_load.questions import calm
from benchmarks.gate_load.town import town
from kernel.journal.lines import lines_of, rows_of
from kernel.pipe.candidates import Candidates, seen_by_policy, usable
from kernel.pipe.format import FORMAT
from kernel.pipe.tick import Draft, Inputs, Outputs
from kernel.point import OnLoss, Point, Writing
from kernel.ports import GateRequest
from kernel.site import Site
from kernel.verdict import Allow
from policies.bundle import ENTRY, load_bundle
from policies.embedded import EmbeddedGate, Evaluator
from policies.envelope import Envelope
from policies.gate import encode_request
from tests.unit.kernel.ticking import Line

WRITABLE: Final = 10_000
SEED: Final = 6


def timed(work: Callable[[Any], object], inputs: Sequence[Any]) -> list[float]:
    """Return the processor time of this thread for each input, µs; every input is used once."""
    took = []
    gc.disable()
    try:
        for one in inputs:
            began_ns = time.thread_time_ns()
            work(one)
            took.append((time.thread_time_ns() - began_ns) / 1e3)
    finally:
        gc.enable()
    return took


class Gate:
    """The gate with all sixteen policies of the town, whole and bare."""

    def __init__(self) -> None:
        self.site: Site = town()
        self.bundle = load_bundle(self.site.policies, self.site)
        self.gate = EmbeddedGate(self.bundle)
        self.envelope = Envelope(self.site)
        self._evaluator = Evaluator(self.bundle.modules, self.bundle.data)
        self._chain = bytes(32)

    def questions(self, commands: int, count: int) -> list[GateRequest]:
        """Draw so many questions about so many commands each, no two alike."""
        dice = random.Random(SEED)
        return [calm(dice, self.site, commands) for _ in range(count)]

    def looked_at(self, question: GateRequest) -> GateRequest:
        """Return the question as a kernel asks it: beside the readings, what of them control may use."""
        return msgspec.structs.replace(question, usable=usable(self.site, question.readings))

    def encoded(self, question: GateRequest) -> bytes:
        """Encode what the evaluator is given."""
        return encode_request(self.looked_at(question), self.bundle.reads)

    def bare(self, body: bytes) -> str:
        """Call the evaluator, and nothing else."""
        return self._evaluator.evaluate_text(ENTRY, body)

    def judged(self, question: GateRequest) -> None:
        """Judge, and see that every command was allowed: a failure would be cheap.

        Raises:
            RuntimeError: a command was not allowed.
        """
        judgement = self.gate.judge_now(self.looked_at(question))
        if judgement.failure or not all(isinstance(one, Allow) for one in judgement.verdicts.values()):
            raise RuntimeError(f"not all commands were allowed: {judgement}")

    def whole(self, question: GateRequest) -> None:
        """Judge with all that stands around it: the envelope, verdicts, entries of the journal."""
        if self.envelope.violations(question.commands):
            raise RuntimeError("a command lies outside of the envelope")
        self.judged(question)
        outputs = Outputs(tick=question.tick, now_ns=question.now_ns, commands=question.commands)
        rows = rows_of(lines_of(outputs), seq=0, chain=self._chain, at_ns=question.now_ns, tick=question.tick)
        self._chain = rows.hash


def standing_draft() -> tuple[Candidates, Line, Draft]:
    """Return a tick in which the one decision is unchanged and its permit valid.

    Raises:
        RuntimeError: something is decided anew.
    """
    line = Line()
    for _ in range(5):
        line.tick()
    draft = line.pipe.draft(line.state, Inputs(tick=line.number, now_ns=line.now_ns))
    candidates = Candidates(surroundings=seen_by_policy(line.pipe.site), format=FORMAT)
    if not draft.decisions or candidates.of(line.pipe.issuer, draft).request is not None:
        raise RuntimeError("the decision does not stand")
    return candidates, line, draft


def wide_envelope() -> tuple[Envelope, list[Any]]:
    """Return the envelope of 10 000 writable points and values for all of them, some outside."""
    limits = Writing(low=-100.0, high=100.0, safe_value=0.0, on_loss=OnLoss.HOLD)
    points = tuple(Point(name=f"b{n}/p", unit="kW", writing=limits) for n in range(WRITABLE))
    site = Site(
        name="wide", title="Wide", base_tick_s=1.0, assets=(), points=points, devices=(), loops=(), digest=""
    )
    dice = np.random.default_rng(SEED)
    return Envelope(site), [dice.uniform(-101.0, 101.0, WRITABLE) for _ in range(50)]

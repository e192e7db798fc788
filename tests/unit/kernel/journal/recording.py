"""Ticks as a recorder keeps them, without a kernel around the pipe."""

from __future__ import annotations

from kernel.journal.encoding import TickRecord, record_of
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Inputs
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Judgement
from tests.unit.kernel.conftest import S


def recorded_ticks(pipe: Pipe, count: int) -> tuple[PipeState, list[tuple[TickRecord, PipeState]]]:
    """Run a pipe over a changing load; return the state before, and each tick with the state after it."""
    first = state = pipe.begin(EmptyPast(), now_ns=999 * S)
    kept = []
    for number in range(count):
        now_ns = (1000 + number) * S
        read = block([0, 1], [60.0 + number % 7, 0.0], [0, 0], at_ns=now_ns)
        inputs = Inputs(tick=number, now_ns=now_ns, blocks=(read,))
        draft = pipe.draft(state, inputs)
        verdicts = {command.id: Allow(revision="test") for command in draft.candidates}
        judgements = (Judgement(revision="test", verdicts=verdicts),) if draft.request else ()
        decided = pipe.conclude(draft, judgements)
        state = decided.state
        kept.append((record_of(inputs, decided.judgements, decided.outputs), state))
    return first, kept

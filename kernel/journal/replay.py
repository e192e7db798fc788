"""Replay: decide every kept tick again from its journalled inputs, and say where it differs.

The same three steps of the pipe run as in the field. What the gate answered is an input; where a gate is
given, its policies are asked again as well and must answer the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kernel.journal.encoding import TickRecord, digest, inputs_of
from kernel.journal.projection import Fields
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Draft
from kernel.ports import Gate


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A tick that was decided differently."""

    tick: int
    what: str
    """outputs, verdicts or gap."""
    detail: str


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay found."""

    run: str
    ticks: int
    judged: int
    """Questions to the gate that were asked again."""
    differences: tuple[Difference, ...]
    last_tick: int = -1
    """Number of the last tick that was decided again."""


async def replay(
    pipe: Pipe,
    state: PipeState,
    records: Iterable[TickRecord],
    *,
    gate: Gate | None = None,
    fields: Fields | None = None,
) -> ReplayReport:
    """Decide kept ticks again, beginning from a kept state.

    Args:
        pipe: of the run.
        state: where its decisions begin.
        records: the ticks.
        gate: the policies of then, to be asked again.
        fields: over which the digests of the recording were taken; None means all of today's.
    """
    differences: list[Difference] = []
    ticks = judged = 0
    for record in records:
        if record.tick <= state.tick:
            continue
        if record.tick != state.tick + 1:
            gap = f"ticks {state.tick + 1} to {record.tick - 1} are not in the recording"
            differences.append(Difference(tick=record.tick, what="gap", detail=gap))
            break
        draft = pipe.draft(state, inputs_of(record))
        if gate is not None:
            judged += len(record.judgements)
            differences += await _judge_again(pipe, gate, draft, record)
        decided = conclude_as_recorded(pipe, draft, record)
        if digest(decided.outputs, fields) != record.digest:
            outputs = msgspec.json.encode(decided.outputs).decode()
            differences.append(Difference(tick=record.tick, what="outputs", detail=outputs[:2000]))
        state = decided.state
        ticks += 1
    return ReplayReport(
        run=pipe.issuer.run, ticks=ticks, judged=judged, differences=tuple(differences), last_tick=state.tick
    )


def conclude_as_recorded(pipe: Pipe, draft: Draft, record: TickRecord) -> Decided:
    """Conclude a draft with the answers that the gate gave then."""
    if record.judgements:
        draft = _last_draft(pipe, draft, record)
    return pipe.conclude(draft, record.judgements, journal_failure=record.journal_failure)


def _last_draft(pipe: Pipe, draft: Draft, record: TickRecord) -> Draft:
    clamped = pipe.redraft(draft, record.judgements[0])
    return draft if clamped is None else clamped


async def _judge_again(pipe: Pipe, gate: Gate, draft: Draft, record: TickRecord) -> list[Difference]:
    """Ask today's gate what was asked then; a failure of then is not repeated."""
    differences = []
    for kept in record.judgements:
        if kept.failure or draft.request is None:
            continue
        answer = await gate.judge(draft.request)
        if answer != kept:
            detail = f"then {kept}, now {answer}"
            differences.append(Difference(tick=record.tick, what="verdicts", detail=detail))
        draft = _last_draft(pipe, draft, record)
    return differences

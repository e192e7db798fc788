"""What if: a recorded run under other policies or with another agent, compared tick by tick.

Every tick is decided anew from what was recorded, and its state is taken from the record, not from the tick
before as it would have been: after the first command that differs the world would have gone another way,
and nobody has recorded that world. So each row is one answer to one question: here, in that very situation,
what would have been decided? Totals count situations, not the course of a day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from kernel.forecast import Forecast
from kernel.journal.encoding import TickRecord, inputs_of
from kernel.journal.replay import conclude_as_recorded
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Draft, Inputs, Job, Outputs, WorkerStep
from kernel.ports import Gate, GateRequest, Past
from kernel.proposal import Proposal
from kernel.shell.worker import Bench, Crew
from kernel.verdict import Allow, Judgement, Verdict

HONESTY = (
    "each row compares one tick, decided again from what was recorded then; after the first difference "
    "the real world would have gone another way"
)


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision on one point that would have been another, from a tick to a tick."""

    tick: int
    until_tick: int
    """Last tick of those in a row in which it is the same difference."""
    at_ns: int
    point: str
    was: str
    would_be: str
    rule: str
    reason: str


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been different."""

    run: str
    against: str
    """What was changed: a policy revision, or an agent."""
    ticks: int
    asked: int
    """Questions that were put to policy again, or ticks in which the other agent decided."""
    changed: tuple[Changed, ...]
    by_point: dict[str, int]
    """Ticks that differ, by point."""
    how: str = HONESTY


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a wish for one point in one tick."""

    text: str
    rule: str = ""
    reason: str = ""


@dataclass(slots=True)
class Table:
    """Rows as they are found; the same difference in neighbouring ticks is one row."""

    rows: list[Changed] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _open: dict[str, int] = field(default_factory=dict)

    def add(self, inputs: Inputs, was: Mapping[str, Effect], would: Mapping[str, Effect]) -> None:
        """Compare the effects of one tick."""
        for point in sorted({*was, *would}):
            one, other = was.get(point), would.get(point)
            if (one and one.text) == (other and other.text):
                self._open.pop(point, None)
                continue
            self.counts[point] = self.counts.get(point, 0) + 1
            said = other or one
            self._add(
                Changed(
                    tick=inputs.tick,
                    until_tick=inputs.tick,
                    at_ns=inputs.now_ns,
                    point=point,
                    was=one.text if one else "nothing",
                    would_be=other.text if other else "nothing",
                    rule=said.rule if said else "",
                    reason=said.reason if said else "",
                )
            )

    def _add(self, row: Changed) -> None:
        at = self._open.get(row.point)
        if at is not None:
            before = self.rows[at]
            if (before.was, before.would_be, before.until_tick) == (row.was, row.would_be, row.tick - 1):
                self.rows[at] = msgspec.structs.replace(before, until_tick=row.tick)
                return
        self._open[row.point] = len(self.rows)
        self.rows.append(row)


async def with_policy(
    pipe: Pipe, state: PipeState, records: Iterable[TickRecord], gate: Gate, *, revision: str
) -> WhatIf:
    """Put every question that the gate was asked to other policies."""
    table, ticks, asked = Table(), 0, 0
    async for inputs, draft, was, record in as_recorded(pipe, state, records):
        ticks += 1
        if draft.request is None or not record.judgements or any(j.failure for j in record.judgements):
            continue
        asked += 1
        other, judgements = await _asked(pipe, gate, draft, draft.request)
        would = pipe.conclude(other, judgements, journal_failure=record.journal_failure)
        table.add(inputs, _effects(was, draft, record.judgements), _effects(would, draft, judgements))
    return _report(pipe, f"policies {revision}", ticks, asked, table)


async def with_agent(
    pipe: Pipe,
    state: PipeState,
    records: Iterable[TickRecord],
    *,
    other: Pipe,
    name: str,
    past: Past,
) -> WhatIf:
    """Let another agent stand in for one of the run; compare what is decided, before policy."""
    standin = Standin(other, name, past)
    table, ticks, asked = Table(), 0, 0
    async for inputs, draft, was, _ in as_recorded(pipe, state, records):
        ticks += 1
        would = standin.decide(draft.before, inputs, was.jobs)
        asked += name in would.stepped or name in draft.stepped
        table.add(inputs, _wishes(draft), _wishes(would))
    return _report(pipe, f"agent {name}", ticks, asked, table)


def _report(pipe: Pipe, against: str, ticks: int, asked: int, table: Table) -> WhatIf:
    return WhatIf(
        run=pipe.issuer.run,
        against=against,
        ticks=ticks,
        asked=asked,
        changed=tuple(table.rows),
        by_point=dict(sorted(table.counts.items())),
    )


async def as_recorded(
    pipe: Pipe, state: PipeState, records: Iterable[TickRecord]
) -> AsyncIterator[tuple[Inputs, Draft, Decided, TickRecord]]:
    """Yield every tick of a run as it was decided: inputs, draft, what came of it, what was kept of it."""
    for record in records:
        if record.tick != state.tick + 1:
            continue
        inputs = inputs_of(record)
        draft = pipe.draft(state, inputs)
        was = conclude_as_recorded(pipe, draft, record)
        yield inputs, draft, was, record
        state = was.state


async def _asked(
    pipe: Pipe, gate: Gate, draft: Draft, request: GateRequest
) -> tuple[Draft, tuple[Judgement, ...]]:
    """Ask as the kernel does: once, and again where bounds were set."""
    first = _relabelled(await gate.judge(request), request)
    clamped = pipe.redraft(draft, first)
    if clamped is None or clamped.request is None:
        return draft if clamped is None else clamped, (first,)
    return clamped, (first, _relabelled(await gate.judge(clamped.request), clamped.request))


def _relabelled(judgement: Judgement, request: GateRequest) -> Judgement:
    """Let an answer of other policies pass for the revisions that the run expects."""
    expected = {command.id: command.revision for command in request.commands}
    verdicts: dict[str, Verdict] = {
        name: msgspec.structs.replace(verdict, revision=expected.get(name, request.revision))
        for name, verdict in judgement.verdicts.items()
    }
    return msgspec.structs.replace(judgement, revision=request.revision, verdicts=verdicts)


def _effects(decided: Decided, draft: Draft, judgements: tuple[Judgement, ...]) -> dict[str, Effect]:
    """Tell what came of the questions of a tick, by point."""
    outputs: Outputs = decided.outputs
    said = {
        command.point: verdict
        for judgement in reversed(judgements)
        for command in draft.candidates
        if (verdict := judgement.verdicts.get(command.id)) is not None and not isinstance(verdict, Allow)
    }
    found = {
        refused.point: Effect(
            text=f"{refused.kind} {refused.value:g}", rule=refused.rule, reason=refused.reason
        )
        for refused in outputs.refused
    }
    for command in outputs.commands:
        if command.authority == "gate":
            verdict = said.get(command.point)
            rule, reason = (verdict.rule, verdict.reason) if verdict is not None else ("", "permitted")
            found[command.point] = Effect(text=f"{command.value:g}", rule=rule, reason=reason)
    return found


def _wishes(draft: Draft) -> dict[str, Effect]:
    """Tell what was decided in a tick before policy, by point."""
    return {
        point: Effect(
            text=f"{one.value:.6g}",
            rule=one.chosen_by,
            reason=next((step.reason for step in one.narrowed_by if step.agent == one.chosen_by), ""),
        )
        for point, one in draft.decisions.items()
    }


class Standin:
    """Another agent in a recorded run: its own state, wishes and forecasts go on from tick to tick."""

    def __init__(self, pipe: Pipe, name: str, past: Past) -> None:
        """Let the agent of that name in `pipe` stand in; it starts from the past."""
        self._pipe, self._name = pipe, name
        agent = next(loop.agent for loop in pipe.loops if loop.name == name)
        self._in_worker = next(loop.in_worker for loop in pipe.loops if loop.name == name)
        crew: Crew = {name: agent}
        self._bench = Bench(crew, past)
        self._state = agent.start(past)
        self._wishes: dict[tuple[str, str], Proposal] = {}
        self._forecasts: dict[str, Forecast] = {}
        self._given: dict[int, WorkerStep] = {}

    def decide(self, before: PipeState, inputs: Inputs, jobs: tuple[Job, ...]) -> Draft:
        """Decide a tick with the other agent, up to the gate."""
        steps = tuple(
            self._given.pop(step.made_at_ns, step) if step.agent == self._name else step
            for step in inputs.steps
        )
        own = {one.point: one for step in steps if step.agent == self._name for one in _forecasts(step)}
        self._forecasts |= own
        draft = self._pipe.draft(self._state_of(before), msgspec.structs.replace(inputs, steps=steps))
        self._state = draft.after.agents.get(self._name, self._state)
        self._wishes = {key: p for key, p in draft.after.standing.items() if key[0] == self._name}
        for job in jobs:
            if job.agent == self._name:
                self._given[job.view.now_ns] = self._bench.work(self._name, job.view)
        return draft

    def _state_of(self, before: PipeState) -> PipeState:
        others = {key: p for key, p in before.standing.items() if key[0] != self._name}
        return msgspec.structs.replace(
            before,
            agents=before.agents if self._in_worker else {**before.agents, self._name: self._state},
            standing={**others, **self._wishes},
            forecasts={**before.forecasts, **self._forecasts},
        )


def _forecasts(step: WorkerStep) -> list[Forecast]:
    return [one for one in step.published if isinstance(one, Forecast)]

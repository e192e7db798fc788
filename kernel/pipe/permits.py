"""Permits: from the gate's answer to commands, refusals and the safe set.

Pure. Only an explicit Allow passes. Whatever else the gate said or failed to say, the point follows its
`on_loss`: going safe needs neither a live gate nor a live journal, because the safe values were permitted
when the site was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from kernel.command import Command
from kernel.confidence import Confidence
from kernel.decision import Decision
from kernel.pipe.asking import approved, operated, question_about, refused, waits
from kernel.pipe.change import Change
from kernel.pipe.going_safe import go_safe
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.operations import counted
from kernel.pipe.queue_of_questions import again_where_free, in_turn, within_queue
from kernel.pipe.refusals import has_failed, keeps, refuse, standing_refusals
from kernel.pipe.requests import became
from kernel.pipe.selecting import given_back, lapsed, selection_of, with_select
from kernel.pipe.standing import by_point, clear_once
from kernel.pipe.state import InFlight, PipeState, Posture, Refusal, Selection
from kernel.pipe.sums import Sums
from kernel.pipe.tick import Basis, Decided, Draft, Lapse, used
from kernel.pipe.together import withheld
from kernel.pipe.verdicts import believed, failure, without_journal
from kernel.pipe.wishes import wish_of
from kernel.point import NANOSECONDS, Operation, Point
from kernel.proposal import Proposal
from kernel.question import Question, QuestionChange, Stage
from kernel.request import Requested
from kernel.site import Site
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement

PERMIT_STANDS_S: Final = 300.0
"""A permit of a set-point without a renewal period must be given again after this time, seconds."""

Without = Callable[[Draft, Mapping[tuple[str, str], Refusal], str], Decision | None]
"""Decides a point again, without the wishes that these refusals leave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What verdicts are worked off by; fixed for a run."""

    issuer: Issuer
    limits: Mapping[str, tuple[float, float]]
    """Lowest and highest value of each writable point."""
    surroundings: Mapping[str, tuple[int, ...]]
    """Rows that policy may look at, by commanded asset."""
    without: Without | None
    """Decides again when a wish is refused; None (format 1) lets every refused point go safe."""
    sums: Sums | None = None
    """Sums of set-points, whose envelope is checked again; None where there are none."""


def conclude(
    terms: Terms, draft: Draft, judgements: Sequence[Judgement], *, journal_failure: str = ""
) -> Decided:
    """Turn verdicts into commands, questions, refusals and safe values; without a journal none counts."""
    issuer = terms.issuer
    judged = (*draft.candidates, *draft.selects.values())
    verdicts = (
        without_journal(judged, journal_failure)
        if journal_failure
        else believed(judged, judgements, terms.limits, expected=issuer.revision)
    )
    held: frozenset[str] = frozenset()
    if terms.sums is not None:
        held = withheld(draft, verdicts)
        verdicts = terms.sums.within(issuer.site, draft, verdicts, held)
    change = Change()
    for lapse in draft.lapses:
        _lapse(issuer, lapse, draft, change)
    for command in in_turn(issuer.site, draft, verdicts):
        if command.id in held:
            continue  # decided anew in the next tick, around what was refused
        verdict, point = with_select(command, draft, verdicts), issuer.site.point(command.point)
        if isinstance(verdict, Allow) and command.id in draft.selects:
            _select(issuer.site, command, draft, change)
            continue
        if isinstance(verdict, Allow):
            _permit(point, command, draft, change)
            continue
        _refuse(terms, command, verdict, draft, change)
        if not _is_kept(terms, command, verdict, draft, change):
            go_safe(issuer, point, draft, change)
    for name in draft.orphans:
        go_safe(issuer, issuer.site.point(name), draft, change)
    return _decided(issuer, draft, judgements, change, journal_failure=journal_failure)


def _select(site: Site, command: Command, draft: Draft, change: Change) -> None:
    """Reserve the device; the operation follows when it is reserved."""
    select = draft.selects[command.id]
    change.commands.append(select)
    chosen_by = draft.decisions[command.point].chosen_by
    change.selections[command.point] = selection_of(site, command, select, chosen_by)


def _lapse(issuer: Issuer, lapse: Lapse, draft: Draft, change: Change) -> None:
    """End a selection without its operation: say why it is refused, and give the device back."""
    change.selections[lapse.selection.point] = None
    if lapse.give_back:
        change.commands.extend(given_back(issuer, lapse.selection, draft.after))
    if lapse.refused and lapse.selection.point in draft.decisions:
        operation = lapsed(issuer, lapse, draft.after)
        no = Deny(rule="select", reason=lapse.refused, revision=issuer.revision)
        _end_question(operation, no, draft, change)
        refuse(operation, no, draft, change)


def _permit(point: Point, command: Command, draft: Draft, change: Change) -> None:
    change.commands.append(command)
    if command.point in draft.after.selections:
        change.selections[command.point] = None
    question = _approved(command, draft)
    if question is not None and question.stage is Stage.APPROVED:
        change.questions.append(operated(question))
    if command.operation is Operation.SETPOINT:
        renew_s = writing_of(point).renew_s
        stands_s = PERMIT_STANDS_S if renew_s is None else renew_s
        renew_at_ns = draft.outputs.now_ns + round(stands_s * NANOSECONDS)
        change.postures[point.name] = Posture(
            value=command.value,
            authority="gate",
            revision=command.revision,
            renew_at_ns=renew_at_ns if question is None else min(renew_at_ns, question.stands_until_ns),
            command=command.id,
            decided=draft.unclamped.get(point.name),
        )


def _refuse(
    terms: Terms, command: Command, verdict: Clamp | Deny | Ask, draft: Draft, change: Change
) -> None:
    """Note a refusal, and open the question where policy asks one and people can still answer it."""
    if isinstance(verdict, Ask):
        verdict = within_queue(verdict, terms.issuer.site, draft, command, change)
    _end_question(command, verdict, draft, change)
    refuse(command, verdict, draft, change)
    selection = draft.after.selections.get(command.point)
    if selection is not None:
        change.selections[command.point] = None
        change.commands.extend(given_back(terms.issuer, selection, draft.after))
    if isinstance(verdict, Ask) and terms.without is not None:
        _ask(terms, command, verdict, draft, change)


def _end_question(command: Command, verdict: Clamp | Deny | Ask, draft: Draft, change: Change) -> None:
    question = _approved(command, draft)
    if question is not None and not has_failed(verdict):
        change.questions.append(refused(question, verdict.reason))


def _ask(terms: Terms, command: Command, verdict: Ask, draft: Draft, change: Change) -> None:
    site, decision = terms.issuer.site, draft.decisions[command.point]
    wish = wish_of(site, draft.after, decision.wish)
    if wish is None:
        return  # a safe value, of a conflict or an override: nobody can be asked about it
    rows = terms.surroundings[site.point(command.point).asset]
    question = question_about(site, command, verdict, wish, draft.after, rows)
    question = msgspec.structs.replace(question, confidence=_confidence(draft, command.id))
    change.questions.append(QuestionChange(question=question, why=verdict.reason))
    change.refusals[decision.chosen_by, command.point] = waits(question)


def _confidence(draft: Draft, command: str) -> Confidence | None:
    return None if draft.request is None else draft.request.confidence.get(command)


def _approved(command: Command, draft: Draft) -> Question | None:
    return approved(draft.after, draft.decisions[command.point]) if draft.after.asked else None


def _is_kept(
    terms: Terms, command: Command, verdict: Clamp | Deny | Ask, draft: Draft, change: Change
) -> bool:
    """Tell whether a refusal leaves the point alone, because what stands is permitted and still wanted."""
    if terms.without is None or has_failed(verdict):
        return False
    others = terms.without(draft, {**draft.after.refusals, **change.refusals}, command.point)
    return keeps(terms.issuer, command.point, others, draft.after)


def _decided(
    issuer: Issuer, draft: Draft, judgements: Sequence[Judgement], change: Change, *, journal_failure: str
) -> Decided:
    """Lay the change over the state and say what happened."""
    why = failure(judgements, issuer.revision) if judgements else draft.after.gate_failure
    waiting = {one.question.point for one in change.questions if one.question.stage is Stage.ASKED}
    waiting |= {point for point, selection in change.selections.items() if selection is not None}
    over = [lapse.selection.point for lapse in draft.lapses if lapse.refused]
    tried = {*(c.point for c in draft.candidates), *over} - waiting
    judged = [point for point in tried if point in draft.decisions and draft.decisions[point].once]
    settled = clear_once(draft.after, judged) if judged else draft.after
    state = msgspec.structs.replace(
        settled,
        postures=_postures(draft, settled, change),
        refusals=again_where_free(
            issuer.site, settled, change, standing_refusals(settled, draft.decisions, change)
        ),
        in_flight={**settled.in_flight, **{c.id: InFlight(command=c) for c in change.commands}},
        operated=counted(settled.operated, issuer.site, change.commands, now_ns=draft.outputs.now_ns),
        sequences={
            **settled.sequences,
            **{c.point: c.sequence for c in change.commands if c.sequence is not None},
        },
        asked=_asked(settled, change),
        selections=_selections(settled, change),
        gate_failure=why,
        gate_failed_ns=_gate_failed_ns(draft, why, is_answer=bool(judgements)),
        journal_failure=journal_failure,
    )
    requests: tuple[Requested, ...] = ()
    if state.requests:
        still_open, requests = became(state.requests, state, draft, change)
        state = msgspec.structs.replace(state, requests=still_open)
    before = draft.before.journal_failure
    told = {refused.id for refused in change.refused} | {c.id for c in change.commands}
    stood = by_point(draft.after.standing) if told else {}
    outputs = msgspec.structs.replace(
        draft.outputs,
        bases=tuple(_basis(issuer.site, draft, c, stood) for c in _with_selects(draft) if c.id in told),
        commands=tuple(change.commands),
        refused=tuple(change.refused),
        questions=(*draft.outputs.questions, *change.questions),
        requests=(*draft.outputs.requests, *requests),
        gate_failure=why if why != draft.before.gate_failure else None,
        journal_failure=journal_failure if bool(journal_failure) != bool(before) else None,
    )
    return Decided(state=state, outputs=outputs, jobs=draft.jobs, judgements=tuple(judgements))


def _gate_failed_ns(draft: Draft, why: str, *, is_answer: bool) -> int:
    """Return when the gate failed last; 0 where it works."""
    if not why:
        return 0
    return draft.outputs.now_ns if is_answer else draft.after.gate_failed_ns


def _with_selects(draft: Draft) -> tuple[Command, ...]:
    """Return the candidates, and each that needs a select once more under the id of that."""
    if not draft.selects:
        return draft.candidates
    selects = [
        msgspec.structs.replace(c, id=draft.selects[c.id].id)
        for c in draft.candidates
        if c.id in draft.selects
    ]
    return (*draft.candidates, *selects)


def _selections(settled: PipeState, change: Change) -> Mapping[str, Selection]:
    if not change.selections:
        return settled.selections
    selections = {**settled.selections, **change.selections}
    return {point: one for point, one in selections.items() if one is not None}


def _asked(settled: PipeState, change: Change) -> Mapping[str, Question]:
    """Lay changed questions over those that were open."""
    if not change.questions:
        return settled.asked
    asked = {**settled.asked, **{one.question.id: one.question for one in change.questions}}
    return {name: question for name, question in asked.items() if not question.is_over}


def _postures(draft: Draft, settled: PipeState, change: Change) -> dict[str, Posture]:
    """Lay new postures over the old ones; one that policy's bounds confirmed remembers what was wanted."""
    postures = {**settled.postures, **change.postures}
    for point, wanted in draft.unclamped.items():
        posture = postures.get(point)
        if posture is not None and point not in change.postures and posture.authority == "gate":
            postures[point] = msgspec.structs.replace(posture, decided=wanted)
    return {point: posture for point, posture in postures.items() if posture is not None}


def _basis(site: Site, draft: Draft, command: Command, stood: Mapping[str, tuple[Proposal, ...]]) -> Basis:
    """Keep the proposals and the numbers a decision rested on beside it."""
    decision, state = draft.decisions[command.point], draft.after
    named = {name.partition("@")[0] for step in decision.narrowed_by for name in step.evidence}
    points = sorted({name.removeprefix("forecast ") for name in named} & site.row.keys())
    question = _approved(command, draft)
    return Basis(
        command=command.id,
        decision=decision,
        proposals=stood.get(command.point, ()),
        measurements=tuple(state.image.row(site.row[name], name) for name in points),
        forecasts=tuple(used(state.forecasts[name]) for name in points if name in state.forecasts),
        confidence=_confidence(draft, command.id),
        question="" if question is None else question.id,
    )

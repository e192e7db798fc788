"""Permits: from the gate's answer to commands, refusals and the safe set.

Pure. Only an explicit Allow passes. Whatever else the gate said or failed to say, the point follows its
`on_loss`: going safe needs neither a live gate nor a live journal, because the safe values were permitted
when the site was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from kernel.command import Command
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.modes import Sending, sending
from kernel.pipe.observe import clear_once
from kernel.pipe.standing import by_point
from kernel.pipe.state import InFlight, PipeState, Posture, Refusal
from kernel.pipe.tick import Basis, Decided, Draft, Refused, used
from kernel.point import NANOSECONDS, OnLoss, Operation, Point
from kernel.site import Site
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict

REFUSAL_STANDS_S: Final = 60.0
"""A refused wish is asked again after this time, seconds."""
PERMIT_STANDS_S: Final = 300.0
"""A permit of a set-point without a renewal period must be given again after this time, seconds."""
NEVER_NS: Final = 2**63 - 1
GATE_FAILURE: Final = "gate_failure"
JOURNAL_FAILURE: Final = "journal_failure"


@dataclass(slots=True)
class _Change:
    """What this tick changes: collected here, laid over the old state at the end."""

    commands: list[Command] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    postures: dict[str, Posture | None] = field(default_factory=dict)
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)


def conclude(
    issuer: Issuer,
    limits: Mapping[str, tuple[float, float]],
    draft: Draft,
    judgements: Sequence[Judgement],
    *,
    journal_failure: str = "",
) -> Decided:
    """Turn verdicts into commands, refusals and safe values; without a journal no verdict counts."""
    if journal_failure:
        no = Deny(rule=JOURNAL_FAILURE, reason=f"journal down: {journal_failure}", revision="")
        verdicts: dict[str, Verdict] = {c.id: no for c in draft.candidates}
    else:
        verdicts = _verdicts(draft.candidates, judgements, limits, expected=issuer.revision)
    change = _Change()
    site = issuer.site
    for command in draft.candidates:
        verdict = verdicts[command.id]
        if isinstance(verdict, Allow):
            _permit(site.point(command.point), command, draft, change)
        else:
            _refuse(command, verdict, draft, change)
            _go_safe(issuer, site.point(command.point), draft, change)
    for name in draft.orphans:
        _go_safe(issuer, site.point(name), draft, change)
    return _decided(issuer, draft, judgements, change, journal_failure=journal_failure)


def _verdicts(
    candidates: Sequence[Command],
    judgements: Sequence[Judgement],
    limits: Mapping[str, tuple[float, float]],
    *,
    expected: str,
) -> dict[str, Verdict]:
    """Take the last judgement as far as it can be believed; everything else is a denial."""
    if why := _failure(judgements, expected):
        return {c.id: Deny(rule=GATE_FAILURE, reason=why, revision="") for c in candidates}
    last = judgements[-1]
    default = Deny(rule="default_deny", reason="no permit was given", revision=last.revision)
    verdicts = {c.id: _within(c, limits, _of(expected, last.verdicts.get(c.id, default))) for c in candidates}
    if len(judgements) > 1 and not all(isinstance(v, Allow) for v in verdicts.values()):
        group = Deny(rule="clamp_not_met", reason="the bounds of policy were not met", revision=last.revision)
        return {c: group if isinstance(v, Allow | Clamp) else v for c, v in verdicts.items()}
    return verdicts


def _failure(judgements: Sequence[Judgement], expected: str) -> str:
    """Say why there is no usable answer; empty where there is one.

    Gates check the revision themselves; it is checked again here, because a gate is foreign code too.
    """
    if not judgements:
        return "the gate was not asked"
    last = judgements[-1]
    if not last.failure and last.revision != expected:
        return f"policy revision {last.revision or 'unknown'} answered, {expected} is expected"
    return last.failure


def _of(expected: str, verdict: Verdict) -> Verdict:
    """Take a permit for one only where it is of the expected revision."""
    if not isinstance(verdict, Allow) or verdict.revision == expected:
        return verdict
    reason = f"a permit of revision {verdict.revision or 'unknown'}, {expected} is expected"
    return Deny(rule="revision", reason=reason, revision=verdict.revision)


def _within(command: Command, limits: Mapping[str, tuple[float, float]], verdict: Verdict) -> Verdict:
    """Check the envelope again behind the gate: no permit reaches beyond a rating."""
    low, high = limits[command.point]
    if low <= command.value <= high:
        return verdict
    reason = f"{command.value:g} lies outside the rating [{low:g}, {high:g}]"
    return Deny(rule="envelope", reason=reason, revision=command.revision)


def _permit(point: Point, command: Command, draft: Draft, change: _Change) -> None:
    change.commands.append(command)
    if command.operation is Operation.SETPOINT:
        renew_s = writing_of(point).renew_s
        stands_s = PERMIT_STANDS_S if renew_s is None else renew_s
        change.postures[point.name] = Posture(
            value=command.value,
            authority="gate",
            revision=command.revision,
            renew_at_ns=draft.outputs.now_ns + round(stands_s * NANOSECONDS),
            command=command.id,
        )


def _refuse(command: Command, verdict: Clamp | Deny | Ask, draft: Draft, change: _Change) -> None:
    """Note a refusal; the same wish refused by the same rule is not told twice."""
    failed = isinstance(verdict, Deny) and verdict.rule in (GATE_FAILURE, JOURNAL_FAILURE)
    now_ns = draft.outputs.now_ns
    decision = draft.decisions[command.point]
    key = (decision.chosen_by, command.point)
    known, proposal = draft.after.refusals.get(key), draft.after.standing.get(key)
    change.refusals[key] = Refusal(
        agent=decision.chosen_by,
        point=command.point,
        value=command.value,
        wanted=None if proposal is None else proposal.wanted,
        rule=verdict.rule,
        by_policy=isinstance(verdict, Deny) and not failed,
        until_ns=now_ns if failed else now_ns + round(REFUSAL_STANDS_S * NANOSECONDS),
    )
    if known is not None and known.rule == verdict.rule and not decision.once:
        return
    change.refused.append(
        Refused(
            id=command.id,
            point=command.point,
            value=command.value,
            asked_by=decision.chosen_by,
            kind="failure" if failed else "ask" if isinstance(verdict, Ask) else "deny",
            rule=verdict.rule,
            reason=verdict.reason,
            revision=verdict.revision,
            trace=command.trace,
            at_ns=now_ns,
        )
    )


def _go_safe(issuer: Issuer, point: Point, draft: Draft, change: _Change) -> None:
    """Follow a point's `on_loss`: hold, write the safe value, or let the device revert."""
    writing = writing_of(point)
    posture = draft.after.postures.get(point.name)
    is_held = sending(draft.after.modes, point) is Sending.NONE
    if is_held or writing.on_loss is not OnLoss.WRITE_SAFE or writing.operation is Operation.PULSE:
        change.postures[point.name] = None
        return
    if posture is not None and posture.authority == "safe_set":
        return
    command = issuer.command(
        draft.after,
        point,
        writing.safe_value,
        number=len(issuer.site.points) + issuer.site.row[point.name],
        authority="safe_set",
        reason="no permitted value is left: the safe value stands",
    )
    change.commands.append(command)
    change.postures[point.name] = Posture(
        value=writing.safe_value,
        authority="safe_set",
        revision=command.revision,
        renew_at_ns=NEVER_NS,
        command=command.id,
    )


def _decided(
    issuer: Issuer, draft: Draft, judgements: Sequence[Judgement], change: _Change, *, journal_failure: str
) -> Decided:
    """Lay the change over the state and say what happened."""
    failure = _failure(judgements, issuer.revision) if judgements else draft.after.gate_failure
    judged = [c.point for c in draft.candidates if draft.decisions[c.point].once]
    settled = clear_once(draft.after, judged) if judged else draft.after
    state = replace(
        settled,
        postures=_without_none({**settled.postures, **change.postures}),
        refusals=_standing_refusals(settled, draft, change),
        in_flight={**settled.in_flight, **{c.id: InFlight(command=c) for c in change.commands}},
        sequences={
            **settled.sequences,
            **{c.point: c.sequence for c in change.commands if c.sequence is not None},
        },
        gate_failure=failure,
        journal_failure=journal_failure,
    )
    before = draft.before.journal_failure
    told = {refused.id for refused in change.refused} | {c.id for c in change.commands}
    outputs = msgspec.structs.replace(
        draft.outputs,
        bases=tuple(_basis(issuer.site, draft, c) for c in draft.candidates if c.id in told),
        commands=tuple(change.commands),
        refused=tuple(change.refused),
        gate_failure=failure if failure != draft.before.gate_failure else None,
        journal_failure=journal_failure if bool(journal_failure) != bool(before) else None,
    )
    return Decided(state=state, outputs=outputs, jobs=draft.jobs, judgements=tuple(judgements))


def _without_none(postures: Mapping[str, Posture | None]) -> dict[str, Posture]:
    return {point: posture for point, posture in postures.items() if posture is not None}


def _standing_refusals(state: PipeState, draft: Draft, change: _Change) -> dict[tuple[str, str], Refusal]:
    """Keep refusals until their maker is permitted, or does not want a value there any more."""
    makers = {(d.chosen_by, d.point) for d in draft.decisions.values()}
    permitted = {
        (draft.decisions[c.point].chosen_by, c.point) for c in change.commands if c.authority == "gate"
    }
    wanted = (makers | state.standing.keys()) - permitted
    kept = {key: r for key, r in state.refusals.items() if key in wanted}
    return {**kept, **change.refusals}


def _basis(site: Site, draft: Draft, command: Command) -> Basis:
    """Keep the proposals and the numbers a decision rested on beside it."""
    decision, state = draft.decisions[command.point], draft.after
    named = {name.partition("@")[0] for step in decision.narrowed_by for name in step.evidence}
    points = sorted({name.removeprefix("forecast ") for name in named} & site.row.keys())
    return Basis(
        command=command.id,
        decision=decision,
        proposals=by_point(state.standing).get(command.point, ()),
        measurements=tuple(state.image.row(site.row[name], name) for name in points),
        forecasts=tuple(used(state.forecasts[name]) for name in points if name in state.forecasts),
    )

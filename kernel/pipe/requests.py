"""Requests of people: made into wishes in one place, and followed until something has become of them.

Pure. A wish of a person stands until its time is over. An operation asked for once is done in the first tick
in which its device answers and nothing else is open on its point; it may be late within its validity, and is
never done at or after its end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kernel.decision import Decision
from kernel.instruction import Unfit
from kernel.pipe.agent_step import flaw
from kernel.pipe.change import Change
from kernel.pipe.issue import SAME, is_clamped_from
from kernel.pipe.refusals import FAILED
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Draft, Inputs
from kernel.pipe.wishes import PERSON, of_wish
from kernel.point import NANOSECONDS, Operation
from kernel.proposal import Priority, Proposal
from kernel.question import Stage
from kernel.request import Requested, RequestStage
from kernel.site import Site

LONGEST_REQUEST_S: Final = 3600.0
"""What a person asks for stands for an hour at the most; then it is asked again."""


def wish(site: Site, asked: Requested, *, validity_s: float, now_ns: int) -> Proposal | Unfit:
    """Make what a person asks for into a proposal, or say why it cannot be asked for."""
    if asked.point not in site.row and asked.point not in site.sum:
        return Unfit(f"no point {asked.point} at {site.name}")
    writing = site.point(asked.point).writing if asked.point in site.row else None
    if writing is None and asked.point not in site.sum:
        return Unfit(f"{asked.point} can only be read")
    if asked.value is None or not math.isfinite(asked.value):
        return Unfit(f"{asked.value} is no value for {asked.point}")
    if not 0 < validity_s <= LONGEST_REQUEST_S:
        return Unfit(f"a request is valid for 0 to {LONGEST_REQUEST_S:g} s")
    proposal = Proposal(
        agent=PERSON + asked.person,
        point=asked.point,
        priority=Priority.PERSON,
        wanted=asked.value,
        reason=asked.reason,
        made_at_ns=now_ns,
        expires_at_ns=now_ns + round(validity_s * NANOSECONDS),
        once=writing is not None and writing.operation is Operation.PULSE,
        key=asked.key,
    )
    why = flaw(proposal, site)
    return Unfit(why) if why else proposal


def refused(asked: Requested, why: str, *, at_ns: int) -> Requested:
    """Turn a request away, with the reason."""
    value = asked.value if asked.value is not None and math.isfinite(asked.value) else None
    return msgspec.structs.replace(asked, value=value, stage=RequestStage.REFUSED, why=why, at_ns=at_ns)


def heard(site: Site, state: PipeState, inputs: Inputs) -> tuple[PipeState, tuple[Requested, ...]]:
    """Note the requests of a tick: those that stand from now on, and those that cannot."""
    changes = list(inputs.turned_away)
    requests = dict(state.requests)
    for proposal in inputs.requests:
        if not proposal.key:
            continue  # nobody who asked through a door
        why = flaw(proposal, site)
        stage = RequestStage.REFUSED if why else RequestStage.TAKEN
        noted = requested(proposal, stage, why=why, at_ns=inputs.now_ns)
        changes.append(noted)
        if not why:
            requests[proposal.key] = noted
    return msgspec.structs.replace(state, requests=requests), tuple(changes)


def requested(proposal: Proposal, stage: RequestStage, *, why: str, at_ns: int) -> Requested:
    """Say where the request behind a wish stands."""
    return Requested(
        key=proposal.key,
        person=proposal.agent.removeprefix(PERSON),
        point=proposal.point,
        value=proposal.wanted,
        reason=proposal.reason,
        stage=stage,
        at_ns=at_ns,
        expires_at_ns=proposal.expires_at_ns,
        why=why,
    )


def became(
    requests: Mapping[str, Requested], settled: PipeState, draft: Draft, change: Change
) -> tuple[dict[str, Requested], tuple[Requested, ...]]:
    """Say what became of the open requests in this tick; return those still open, and the changes."""
    still_open, changes = dict(requests), []
    ends = {question.question.id: question for question in (*draft.outputs.questions, *change.questions)}
    for key, request in requests.items():
        over = ends.get(request.command)
        if over is not None and over.question.is_over and over.question.stage is not Stage.OPERATED:
            stage, why, command = RequestStage.REFUSED, over.why, request.command
        else:
            stage, why, command = _became(request, settled, draft, change)
        if stage is request.stage:
            continue
        noted = msgspec.structs.replace(
            request, stage=stage, why=why, command=command, at_ns=draft.outputs.now_ns
        )
        changes.append(noted)
        if stage is RequestStage.ASKED:
            still_open[key] = noted
        else:
            del still_open[key]
    return still_open, tuple(changes)


def _became(
    request: Requested, settled: PipeState, draft: Draft, change: Change
) -> tuple[RequestStage, str, str]:
    key = PERSON + request.person, request.point
    stood = draft.after.standing.get(key)
    if stood is not None and stood.key != request.key:
        return RequestStage.SUPERSEDED, f"{request.person} asked for {stood.wanted:g} instead", ""
    mine = of_wish(draft.decisions, key)
    points = frozenset(decision.point for decision in mine)
    for command in change.commands:
        if command.point in points and command.authority == "gate":
            return RequestStage.PERMITTED, _left_out(settled, change, key), command.id
    if mine and (no := _refused(change, request, mine)) is not None:
        return no
    if (command_id := _stands(settled, draft, mine)) is not None:
        why = "; ".join(text for text in ("it stands already", _left_out(settled, change, key)) if text)
        return RequestStage.PERMITTED, why, command_id
    if key not in settled.standing:
        return RequestStage.EXPIRED, "no command came of it before its time was over", request.command
    return request.stage, request.why, request.command


def _refused(
    change: Change, request: Requested, mine: Sequence[Decision]
) -> tuple[RequestStage, str, str] | None:
    """Say how a request was refused; None while some set-point that it wishes for was not.

    A gate or journal that failed denies this tick. The wish stands on and is judged again in the next one, so
    nobody is told that it is over; only what is asked for once is.
    """
    maker, points = PERSON + request.person, {decision.point for decision in mine}
    told = [one for one in change.refused if one.point in points and one.asked_by == maker]
    if not told or {one.point for one in told} != points:
        return None
    if any(one.kind == FAILED for one in told) and not any(decision.once for decision in mine):
        return None
    asked = next((one for one in told if one.kind == "ask"), None)
    first = told[0] if asked is None else asked
    stage = RequestStage.REFUSED if asked is None else RequestStage.ASKED
    return stage, f"{first.rule}: {first.reason}", first.id


def _left_out(settled: PipeState, change: Change, key: tuple[str, str]) -> str:
    """Name the parts of a wish for a sum that were refused; empty where none was."""
    refusals = {**settled.refusals, **change.refusals}.values()
    parts = [r for r in refusals if (r.agent, r.on) == key and r.until_ns > settled.image.now_ns]
    return "; ".join(f"without {r.point}: {r.rule}" for r in sorted(parts, key=lambda r: r.point))


def _stands(settled: PipeState, draft: Draft, mine: Sequence[Decision]) -> str | None:
    """Return the command that set what a request wishes for, where all of it stands already."""
    commands = []
    for decision in mine:
        posture = settled.postures.get(decision.point)
        if posture is None or posture.authority != "gate" or decision.once:
            return None
        is_it = abs(posture.value - decision.value) <= SAME or is_clamped_from(posture, decision.value)
        if not is_it or draft.outputs.now_ns >= posture.renew_at_ns:
            return None
        commands.append(posture.command)
    return commands[0] if commands else None

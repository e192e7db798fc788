"""Asking: from policy's question to people's answer, and what ends a question.

Pure. A question locks nobody out: while it is open the wish is left out of arbitration, and what is permitted
below it goes on. An approval binds the point, a range of values, the preconditions and an expiry, never an
image: what was approved is judged again by the gate on the newest readings.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kernel.command import Command
from kernel.decision import Decision
from kernel.pipe.going_safe import NEVER_NS
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.preconditions import changed, digest, preconditions
from kernel.pipe.refusals import REFUSAL_STANDS_S
from kernel.pipe.state import PipeState, Refusal
from kernel.pipe.wishes import person_behind, wish_of
from kernel.point import NANOSECONDS, Point
from kernel.proposal import Proposal
from kernel.question import COUNTS, OPEN, Question, QuestionChange, Stage
from kernel.site import Site
from kernel.verdict import Ask


def question_about(
    site: Site, command: Command, verdict: Ask, wish: Proposal, state: PipeState, rows: tuple[int, ...]
) -> Question:
    """Open a question about a command that policy asked about.

    Args:
        site: the substation.
        command: what would have been written.
        verdict: what policy asks.
        wish: the proposal that the value comes from; it may be for a sum that the point is a part of.
        state: with the image that policy judged by.
        rows: rows of the readings that policy saw for this command.
    """
    point, now_ns = site.point(command.point), state.image.now_ns
    low, high = _range(point, command.value, verdict)
    tolerance = writing_of(point).tolerance
    wanted = command.value if wish.wanted is None else wish.wanted
    is_part = wish.point != point.name
    same_low, same_high = (wanted, wanted) if is_part else (low, high)  # of a sum only the wish is compared
    own = {point.name, *_of_select(site, point)}
    kept = preconditions(site, state.image, (row for row in rows if site.points[row].name not in own))
    decide_by_ns = now_ns + round(verdict.approval_s * NANOSECONDS)
    return Question(
        id=command.id,
        trace=command.trace,
        point=command.point,
        value=command.value,
        low=low,
        high=high,
        once=wish.once,
        asked_by=wish.agent,
        wanted_low=min(same_low, wanted - tolerance),
        wanted_high=max(same_high, wanted + tolerance),
        rule=verdict.rule,
        reason=verdict.reason,
        revision=verdict.revision,
        approvals=max(1, verdict.approvals),
        roles=verdict.roles,
        asked_at_ns=now_ns,
        decide_by_ns=min(decide_by_ns, wish.expires_at_ns) if wish.once else decide_by_ns,
        holds_s=verdict.holds_s,
        preconditions=kept,
        digest=digest(command.point, low, high, verdict.rule, verdict.revision, kept),
        on=wish.point if is_part else "",
        wish_reason=wish.reason,
        person=person_behind(state, wish.agent),
        escalate_to=verdict.escalate_to,
        escalate_at_ns=now_ns + round(verdict.escalate_after_s * NANOSECONDS) if verdict.escalate_to else 0,
    )


def _of_select(site: Site, point: Point) -> tuple[str, ...]:
    """Name the points that change when the device is reserved for this very operation."""
    name = writing_of(point).select
    return (name, writing_of(site.point(name)).feedback) if name else ()


def _range(point: Point, value: float, verdict: Ask) -> tuple[float, float]:
    """Return the values that an approval covers; the value itself always lies inside."""
    tolerance = writing_of(point).tolerance
    low = value - tolerance if verdict.low is None else verdict.low
    high = value + tolerance if verdict.high is None else verdict.high
    return min(low, value), max(high, value)


def waits(question: Question) -> Refusal:
    """Leave the wish out of arbitration while its question is open."""
    return Refusal(
        agent=question.asked_by,
        point=question.point,
        value=question.value,
        wanted=question.value,
        rule=question.rule,
        by_policy=True,
        until_ns=NEVER_NS,
        question=question.id,
        wanted_low=question.wanted_low,
        wanted_high=question.wanted_high,
        on=question.on,
    )


def approved(state: PipeState, decision: Decision) -> Question | None:
    """Return the question whose approvals count for a decision; None where there is none."""
    for question in state.asked.values():
        if (
            question.stage in COUNTS
            and (question.wish, question.point) == (decision.wish, decision.point)
            and question.low <= decision.value <= question.high
        ):
            return question
    return None


def follow(
    issuer: Issuer, before: PipeState, state: PipeState
) -> tuple[PipeState, tuple[QuestionChange, ...]]:
    """Move every question on by what people said, what is wanted, and what is seen in this tick."""
    changes = []
    for name, question in state.asked.items():
        stage, why = _stage(issuer, question, state)
        known, now_ns = before.asked.get(name, question), state.image.now_ns
        if stage is not question.stage or known.answers != question.answers:
            changes.append(QuestionChange(question=_in(question, stage, now_ns), why=why))
        elif _waits_too_long(question, now_ns):
            changes.append(_escalated(question))
        elif known.claimed_by != question.claimed_by:
            why = f"claimed by {question.claimed_by}" if question.claimed_by else "claimed by nobody any more"
            changes.append(QuestionChange(question=question, why=why))
    return (_after(state, changes), tuple(changes)) if changes else (state, ())


def _stage(issuer: Issuer, question: Question, state: PipeState) -> tuple[Stage, str]:
    """Say where a question stands now, and why."""
    no = next((answer for answer in question.answers if not answer.granted), None)
    if no is not None:
        is_own = question.asked_by == f"person:{no.person}"
        what = (Stage.WITHDRAWN, "taken back") if is_own else (Stage.REJECTED, "rejected")
        return what[0], f"{what[1]} by {no.person}: {no.reason}"
    if why := _gone(question, wish_of(issuer.site, state, question.wish)):
        return (Stage.CLOSED if question.stage is Stage.OPERATED else Stage.WITHDRAWN), why
    if why := _late(question, state.image.now_ns):
        return (Stage.CLOSED if question.stage is Stage.OPERATED else Stage.EXPIRED), why
    if question.stage is Stage.OPERATED:
        return Stage.OPERATED, ""
    if why := _void(issuer, question, state):
        return Stage.VOID, why
    return _agreed(question)


def _waits_too_long(question: Question, now_ns: int) -> bool:
    return question.stage in OPEN and not question.escalated and 0 < question.escalate_at_ns <= now_ns


def _escalated(question: Question) -> QuestionChange:
    """Let others answer as well; who has claimed it has had their time."""
    waited_s = (question.escalate_at_ns - question.asked_at_ns) / NANOSECONDS
    why = f"nobody has decided in {waited_s:g} s: {' or '.join(question.escalate_to)} may answer too"
    return QuestionChange(question=msgspec.structs.replace(question, escalated=True, claimed_by=""), why=why)


def _late(question: Question, now_ns: int) -> str:
    """Say which time has run out; empty where none has."""
    if question.stage in OPEN:
        return "nobody decided in time" if now_ns >= question.decide_by_ns else ""
    if now_ns < question.stands_until_ns:
        return ""
    unused = "" if question.stage is Stage.OPERATED else ", and was not used"
    return f"the approval held for {question.holds_s:g} s{unused}"


def _void(issuer: Issuer, question: Question, state: PipeState) -> str:
    """Say what has changed of that an approval binds; empty where nothing has."""
    expected = issuer.revision_for(question.point)
    if question.revision != expected:
        return f"policy revision {expected} has taken the place of {question.revision}"
    return changed(issuer.site, state.image, question.preconditions)


def _agreed(question: Question) -> tuple[Stage, str]:
    people = ", ".join(answer.person for answer in question.answers)
    if len(question.answers) >= question.approvals:
        return Stage.APPROVED, f"approved by {people}"
    if question.answers:
        return (
            Stage.ANSWERED,
            f"approved by {people}; {question.approvals - len(question.answers)} more needed",
        )
    return Stage.ASKED, ""


def _gone(question: Question, wish: Proposal | None) -> str:
    """Say what has become of the wish; empty where it still stands."""
    if wish is None or wish.wanted is None:
        return "the wish is gone"
    is_same = question.wanted_low <= wish.wanted <= question.wanted_high
    return "" if is_same else f"the wish has changed to {wish.wanted:g}"


def _in(question: Question, stage: Stage, now_ns: int) -> Question:
    begins = stage is Stage.APPROVED and question.stage is not Stage.APPROVED
    until_ns = now_ns + round(question.holds_s * NANOSECONDS) if begins else question.stands_until_ns
    return msgspec.structs.replace(question, stage=stage, stands_until_ns=until_ns)


def _after(state: PipeState, changes: list[QuestionChange]) -> PipeState:
    """Lay changed questions over a state: who still waits, who may wish again, who was told no."""
    asked, refusals, standing = dict(state.asked), dict(state.refusals), dict(state.standing)
    for question in (change.question for change in changes):
        key = question.asked_by, question.point
        asked[question.id] = question
        if question.is_over:
            del asked[question.id]
        match question.stage:
            case Stage.APPROVED | Stage.CLOSED if not question.on or question.is_over:
                refusals.pop(key, None)
            case Stage.WITHDRAWN:
                refusals.pop(key, None)
                if question.answers and not question.answers[-1].granted:  # taken back by who asked
                    standing.pop(question.wish, None)
            case Stage.REJECTED | Stage.EXPIRED | Stage.VOID if question.once:
                refusals.pop(key, None)
                standing.pop(key, None)
            case Stage.REJECTED | Stage.EXPIRED:
                refusals[key] = waits(question)
            case Stage.VOID:
                again_ns = state.image.now_ns + round(REFUSAL_STANDS_S * NANOSECONDS)
                refusals[key] = msgspec.structs.replace(waits(question), until_ns=again_ns)
            case _:
                pass
    _let_go_on(asked, refusals)
    return msgspec.structs.replace(state, asked=asked, refusals=refusals, standing=standing)


def _let_go_on(asked: Mapping[str, Question], refusals: dict[tuple[str, str], Refusal]) -> None:
    """Let approved parts of a wish for a sum go on when people have decided on all its parts.

    Before, the others would have to make up for the parts that still wait, and what was approved would not
    be what is wanted any more.
    """
    waiting = {question.wish for question in asked.values() if question.on and question.stage in OPEN}
    for question in asked.values():
        known = refusals.get((question.asked_by, question.point))
        if not question.on or question.stage is not Stage.APPROVED or question.wish in waiting:
            continue
        if known is not None and known.question == question.id:
            del refusals[question.asked_by, question.point]


def operated(question: Question) -> QuestionChange:
    """Count a permit that was given with the approvals of a question."""
    done = msgspec.structs.replace(question, stage=Stage.OPERATED)
    return QuestionChange(question=done, why="permitted with these approvals")


def refused(question: Question, reason: str) -> QuestionChange:
    """End a question whose wish policy denied after all."""
    over = msgspec.structs.replace(question, stage=Stage.REFUSED)
    return QuestionChange(question=over, why=f"approved, then not permitted: {reason}")

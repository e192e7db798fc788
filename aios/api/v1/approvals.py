"""`/approvals`: what policy asks people before a command may be written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none, number
from kernel.confidence import Confidence
from kernel.instruction import Approval, ClaimQuestion
from kernel.question import Question, Stage
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/approvals", tags=["approvals"])
MayAnswer = Annotated[Attempt, Depends(May(Approval))]
MayClaim = Annotated[Attempt, Depends(May(ClaimQuestion))]
QuestionId = Annotated[str, Path(description="Id of the question.")]


class ShownAnswer(Shown):
    """What one person said."""

    person: str = Field(description="Who.")
    role: str = Field(description="In which role; empty where nobody vouched for one.")
    granted: bool = Field(description="Yes or no.")
    reason: str = Field(description="Why.")
    at: Moment = Field(description="When the gateway heard it.")


class ShownPrecondition(Shown):
    """A reading that an approval binds."""

    point: str = Field(description="Name of the point.")
    usable: bool = Field(description="Whether it was good.")
    value: float | None = Field(description="In the point's unit; null where only its being there counts.")
    band: float = Field(description="How far it may move, in the point's unit.")


class ShownThreshold(Shown):
    """From which confidence on few enough outcomes were wrong."""

    at_most_wrong: float = Field(description="Share of outcomes that may be wrong.", ge=0, le=1)
    from_confidence: float | None = Field(description="Null where no confidence is enough now.")


class ShownConfidence(Shown):
    """How sure an agent is, and how far its outcomes let that be believed."""

    said: float = Field(description="What the wish says of itself.", ge=0, le=1)
    basis: str = Field(description="How that was obtained.")
    outcomes: int = Field(description="Outcomes of the same agent by which it is calibrated.", ge=0)
    wrong: int = Field(description="Those among them that were not as expected.", ge=0)
    thresholds: tuple[ShownThreshold, ...] = Field(description="By share of wrong outcomes.")


class ShownQuestion(Shown):
    """A question of policy to people."""

    id: str = Field(description="Id that the command would have had.")
    point: str = Field(description="What would be written.")
    value: float | None = Field(description="The value that would be written, in `unit`.")
    low: float | None = Field(description="Lowest value that an approval covers, in `unit`.")
    high: float | None = Field(description="Highest value that an approval covers, in `unit`.")
    unit: str = Field(description="Unit of the point.")
    stage: Stage = Field(description="Where it stands.")
    asked_by: str = Field(description="Whose wish it is: an agent, or `person:NAME`.")
    person: str = Field(description="Who asks and therefore does not answer; empty where an agent asks.")
    wish_reason: str = Field(description="Why it is wished, in the words of who asks; empty where not told.")
    rule: str = Field(description="The rule of policy that asks.")
    reason: str = Field(description="Why it asks.")
    revision: str = Field(description="Revision of the policies.")
    approvals: int = Field(description="How many different people must agree.")
    roles: tuple[str, ...] = Field(description="Roles that may answer now; empty means any.")
    escalated: bool = Field(description="Whether further roles may answer, as nobody has in time.")
    asked_at: Moment = Field(description="When it was asked.")
    decide_by: Moment = Field(description="Last time to decide.")
    stands_until: Moment | None = Field(description="End of the approval; null before it is complete.")
    confidence: ShownConfidence | None = Field(
        description="How sure the agent is that wishes it; null where a person asks, or it does not say."
    )
    preconditions: tuple[ShownPrecondition, ...] = Field(description="What must stay as it is.")
    digest: str = Field(description="Of everything that an approval binds; an answer carries it.")
    answers: tuple[ShownAnswer, ...] = Field(description="What people have said.")
    claimed_by: str = Field(description="Who has said that they look at it; empty where nobody has.")


class ShownQuestions(Listed[ShownQuestion]):
    """A page of questions, the oldest first."""


class Answer(Act):
    """What a person says to a question."""

    granted: bool = Field(description="Yes or no.")
    digest: str = Field(
        min_length=1, max_length=200, description="`digest` of the question as the person saw it."
    )


def _answer(answer: Approval) -> ShownAnswer:
    return ShownAnswer(
        person=answer.person,
        role=answer.role,
        granted=answer.granted,
        reason=answer.reason,
        at=moment(answer.at_ns),
    )


def _confidence(one: Confidence) -> ShownConfidence:
    return ShownConfidence(
        said=one.said,
        basis=one.basis,
        outcomes=one.outcomes,
        wrong=one.wrong,
        thresholds=tuple(
            ShownThreshold(at_most_wrong=t.at_most_wrong, from_confidence=t.from_confidence)
            for t in one.thresholds
        ),
    )


def shown(question: Question, unit: str) -> ShownQuestion:
    """Show a question."""
    return ShownQuestion(
        id=question.id,
        point=question.point,
        value=number(question.value),
        low=number(question.low),
        high=number(question.high),
        unit=unit,
        stage=question.stage,
        asked_by=question.asked_by,
        person=question.person,
        wish_reason=question.wish_reason,
        rule=question.rule,
        reason=question.reason,
        revision=question.revision,
        approvals=question.approvals,
        roles=question.may_answer,
        escalated=question.escalated,
        asked_at=moment(question.asked_at_ns),
        decide_by=moment(question.decide_by_ns),
        stands_until=moment_or_none(question.stands_until_ns),
        confidence=None if question.confidence is None else _confidence(question.confidence),
        preconditions=tuple(
            ShownPrecondition(point=one.point, usable=one.usable, value=number(one.value), band=one.band)
            for one in question.preconditions
        ),
        digest=question.digest,
        answers=tuple(map(_answer, question.answers)),
        claimed_by=question.claimed_by,
    )


def question_of(seen: Seen, question: str) -> Question:
    """Return a question of a site.

    Raises:
        HTTPException: 404, no such question is known there.
    """
    found = next((one for one in seen.shot.asked if one.id == question), None)
    if found is None:
        raise HTTPException(404, f"no question {question} stands at {seen.view.site}")
    return found


def unit_of(seen: Seen, point: str) -> str:
    """Return the unit of a point; empty where the snapshot does not know it."""
    return next((one.unit for one in seen.shot.points if one.point == point), "")


@router.get("", response_model=ShownQuestions, responses=READS)
async def approvals(request: Request, seen: ThisSite, limit: Limit = USUAL, cursor: Cursor = "") -> Response:
    """List the questions that policy has asked and that are not over."""
    page = cut(seen.shot.asked, lambda one: (one.asked_at_ns, one.id), limit=limit, cursor=cursor)
    items = tuple(shown(one, unit_of(seen, one.point)) for one in page.nouns)
    listed = ShownQuestions(items=items, next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{question:path}", response_model=ShownQuestion, responses=READS)
async def approval(request: Request, seen: ThisSite, question: QuestionId) -> Response:
    """Tell of one question; its entity tag is what an answer may be conditional on."""
    found = question_of(seen, question)
    return answered(request, shown(found, unit_of(seen, found.point)), seen.headers)


@router.post("/{question:path}/claim", response_model=Taken, status_code=202, responses=ACTS)
async def claim(attempt: MayClaim, question: QuestionId, act: Act) -> Response:
    """Say that one looks at a question: who has claimed it agrees to it first, until it is escalated."""
    return await _claimed(attempt, question, act, release=False)


@router.post("/{question:path}/release", response_model=Taken, status_code=202, responses=ACTS)
async def release(attempt: MayClaim, question: QuestionId, act: Act) -> Response:
    """Give a question back that one has claimed."""
    return await _claimed(attempt, question, act, release=True)


@router.post("/{question:path}", response_model=Taken, status_code=202, responses=ACTS)
async def answer(attempt: MayAnswer, question: QuestionId, act: Answer) -> Response:
    """Approve what policy asks about, or reject it; policy judges it again on the newest readings."""
    found = await attempt.find(question_of, question)
    told = _in_role(attempt, found, act)
    approval = Approval(**told, asked=question, granted=act.granted, digest=act.digest)
    return await attempt.send(
        Instruct(instruction=approval), about=_about(attempt.seen, found), subject=question
    )


async def _claimed(attempt: Attempt, question: str, act: Act, *, release: bool) -> Response:
    found = await attempt.find(question_of, question)
    told = ClaimQuestion(**_in_role(attempt, found, act), question=question, release=release)
    return await attempt.send(Instruct(instruction=told), about=_about(attempt.seen, found), subject=question)


def _about(seen: Seen, found: Question | None) -> ShownQuestion | None:
    return None if found is None else shown(found, unit_of(seen, found.point))


def _in_role(attempt: Attempt, question: Question | None, act: Act) -> dict[str, Any]:
    """Return what an instruction carries of a person, in the role of theirs that the question asks for."""
    told = attempt.told(act.reason)
    asked = () if question is None else question.roles
    told["role"] = next((role for role in attempt.person.roles if role in asked), told["role"])
    return told

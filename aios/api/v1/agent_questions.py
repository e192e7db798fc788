"""`/agent-questions`: what agents ask people in words, and the answer that the agent reads."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from aios.api.v1.acting import ACTS, LONGEST_REASON, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment
from kernel.capability import AskedPeople
from kernel.instruction import Reply
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/agent-questions", tags=["agents"])
QuestionId = Annotated[str, Path(description="Id of the question.")]
LONGEST_TEXT: Final = 2000


class ShownAgentQuestion(Shown):
    """A question of an agent."""

    id: str = Field(description="Id of the question.")
    agent: str = Field(description="Who asks.")
    question: str = Field(description="What it asks.")
    asked_at: Moment = Field(description="When it asked.")


class ShownAgentQuestions(Listed[ShownAgentQuestion]):
    """A page of questions that nobody has answered, the oldest first."""


class Words(BaseModel):
    """An answer in words. Why it is given is the question; that stands in the journal beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str = Field(
        min_length=1, max_length=LONGEST_TEXT, pattern=r"\S", description="The answer; the agent reads it."
    )


def shown(asked: AskedPeople) -> ShownAgentQuestion:
    """Show a question."""
    return ShownAgentQuestion(
        id=asked.id, agent=asked.agent, question=asked.question, asked_at=moment(asked.at_ns)
    )


def question_of(seen: Seen, question: str) -> AskedPeople:
    """Return a question of an agent.

    Raises:
        HTTPException: 404, no agent waits for an answer to it.
    """
    found = next((one for one in seen.shot.agents_ask if one.id == question), None)
    if found is None:
        raise HTTPException(404, f"no agent of {seen.view.site} waits for an answer to {question}")
    return found


@router.get("", response_model=ShownAgentQuestions, responses=READS)
async def agent_questions(
    request: Request, seen: ThisSite, limit: Limit = USUAL, cursor: Cursor = ""
) -> Response:
    """List what agents ask and nobody has answered."""
    page = cut(seen.shot.agents_ask, lambda one: (one.at_ns, one.id), limit=limit, cursor=cursor)
    listed = ShownAgentQuestions(items=tuple(map(shown, page.nouns)), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{question:path}", response_model=ShownAgentQuestion, responses=READS)
async def agent_question(request: Request, seen: ThisSite, question: QuestionId) -> Response:
    """Tell of one question."""
    return answered(request, shown(question_of(seen, question)), seen.headers)


@router.post("/{question:path}", response_model=Taken, status_code=202, responses=ACTS)
async def reply(
    attempt: Annotated[Attempt, Depends(May(Reply))], question: QuestionId, act: Words
) -> Response:
    """Answer an agent; it finds the text in its next step."""
    found = await attempt.find(question_of, question)
    why = "heard before" if found is None else f"{found.agent} asks: {found.question}"[:LONGEST_REASON]
    told = Reply(**attempt.told(why), question=question, text=act.text)
    about = None if found is None else shown(found)
    return await attempt.send(Instruct(instruction=told), about=about, subject=question)

"""`/hand-overs`: the note from one shift to the next, with what was open then."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from aios.api.v1.acting import ACTS, LONGEST_REASON, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.seen import ThisSite
from aios.api.v1.shown import Moment, Shown, moment
from kernel.instruction import HandOver, subject
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/hand-overs", tags=["hand-overs"])


class ShownHandOver(Shown):
    """One shift has handed over to the next."""

    giver: str = Field(description="Who handed over.")
    taker: str = Field(description="Who took over.")
    person: str = Field(description="Which of the two said so.")
    note: str = Field(description="What the next shift must know.")
    at: Moment = Field(description="When the gateway heard it.")
    open: dict[str, int] = Field(description="What was open then, counted by the gateway.")


class ShownHandOvers(Shown):
    """The last hand-over of a site; those before stand in the journal."""

    items: tuple[ShownHandOver, ...] = Field(description="One, or none where no shift was handed over.")


class GiveOver(BaseModel):
    """Hands a shift over; the note is the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    taker: str = Field(min_length=1, max_length=100, pattern=r"\S", description="Who takes over.")
    note: str = Field(
        min_length=1,
        max_length=LONGEST_REASON,
        pattern=r"\S",
        description="What the next shift must know; it stands in the journal.",
    )


def shown(told: HandOver) -> ShownHandOver:
    """Show a hand-over."""
    return ShownHandOver(
        giver=told.giver,
        taker=told.taker,
        person=told.person,
        note=told.note,
        at=moment(told.at_ns),
        open=dict(told.open.counted()),
    )


@router.get("", response_model=ShownHandOvers, responses=READS)
async def hand_overs(request: Request, seen: ThisSite) -> Response:
    """Tell the last hand-over."""
    last = seen.shot.hand_over
    return answered(request, ShownHandOvers(items=() if last is None else (shown(last),)), seen.headers)


@router.post("", response_model=Taken, status_code=202, responses=ACTS)
async def hand_over(
    attempt: Annotated[Attempt, Depends(May("hand_over", "shift"))], act: GiveOver
) -> Response:
    """Hand one's own shift over: orders that the person has go on as those of who takes over."""
    told = HandOver(
        **attempt.told(act.note), note=act.note, giver=attempt.person.identity.person, taker=act.taker
    )
    return await attempt.send(Instruct(instruction=told), about=None, subject=subject(told))

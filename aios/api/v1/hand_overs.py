"""`/hand-overs`: the note from one shift to the next, with what was open then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from aios.api.v1.acting import ACTS, LONGEST_REASON, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.journal import LARGEST, place_of, read
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cursor_of, link
from aios.api.v1.seen import ThisView
from aios.api.v1.shown import Moment, Shown, moment
from aios.control_room.entries import Wanted
from kernel.instruction import HandOver, Instructed, subject
from kernel.journal.chain import Entry
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/hand-overs", tags=["hand-overs"])
SHIFT: Final = "shift"
"""Subject under which the journal files hand-overs, as `kernel.instruction.subject` gives it."""


class ShownHandOver(Shown):
    """One shift has handed over to the next."""

    seq: int = Field(description="Number of its entry in the journal.")
    giver: str = Field(description="Who handed over.")
    taker: str = Field(description="Who took over.")
    person: str = Field(description="Which of the two said so.")
    note: str = Field(description="What the next shift must know.")
    at: Moment = Field(description="When the gateway heard it.")
    open: dict[str, int] = Field(description="What was open then, counted by the gateway.")


class ShownHandOvers(Listed[ShownHandOver]):
    """A page of hand-overs, the newest first; one that was refused takes a place and is left out."""


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


def shown(seq: int, told: HandOver) -> ShownHandOver:
    """Show a hand-over."""
    return ShownHandOver(
        seq=seq,
        giver=told.giver,
        taker=told.taker,
        person=told.person,
        note=told.note,
        at=moment(told.at_ns),
        open=dict(told.open.counted()),
    )


@router.get("", response_model=ShownHandOvers, responses=READS)
async def hand_overs(
    request: Request, view: ThisView, *, limit: Limit = USUAL, cursor: Cursor = ""
) -> Response:
    """List the hand-overs of a site from its journal, the newest first."""
    before = place_of(cursor) if cursor else LARGEST
    wanted = Wanted(before=before, most=limit + 1, kind="instruction", subject=SHIFT)
    found = await read(view, wanted)
    following = cursor_of((found[limit - 1].seq,)) if len(found) > limit else None
    listed = ShownHandOvers(items=tuple(_taken(found[:limit])), next=following)
    return answered(request, listed, link(request, following))


def _taken(entries: Iterable[Entry]) -> Iterator[ShownHandOver]:
    """Show the hand-overs among entries that the gateway took."""
    for entry in entries:
        told = msgspec.json.decode(entry.body, type=Instructed)
        if isinstance(told.instruction, HandOver) and not told.refused:
            yield shown(entry.seq, told.instruction)


@router.post("", response_model=Taken, status_code=202, responses=ACTS)
async def hand_over(attempt: Annotated[Attempt, Depends(May(HandOver))], act: GiveOver) -> Response:
    """Hand one's own shift over: orders that the person has go on as those of who takes over."""
    told = HandOver(
        **attempt.told(act.note), note=act.note, giver=attempt.person.identity.person, taker=act.taker
    )
    return await attempt.send(Instruct(instruction=told), about=None, subject=subject(told))

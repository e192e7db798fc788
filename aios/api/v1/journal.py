"""`/journal`: the entries of the command journal, in order, each with its place in the hash chain."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cursor_of, link, no_cursor, read_cursor
from aios.api.v1.seen import ASK_AGAIN, ThisView
from aios.api.v1.shown import Moment, Shown, moment
from aios.control_room.entries import NothingRead, Wanted
from aios.control_room.site_views import SiteView
from kernel.journal.chain import Entry

router = APIRouter(prefix="/sites/{site}/journal", tags=["journal"])
LARGEST = 2**63 - 1
"""The largest number that the journal can give an entry."""


class ShownEntry(Shown):
    """One entry of the journal."""

    seq: int = Field(description="Number of the entry; none is left out of the chain.")
    at: Moment = Field(description="Operational time of the entry.")
    tick: int = Field(description="Tick that it belongs to; -1 where it belongs to none.")
    kind: str = Field(description="What it tells: command, receipt, refused, instruction, question ...")
    subject: str = Field(description="Command id, asset, agent or run that it is about.")
    body: Any = Field(description="What is told; times in it are nanoseconds since 1970 UTC.")
    hash: str = Field(description="SHA-256 over the hash before it and its fields, hexadecimal.")


class ShownEntries(Listed[ShownEntry]):
    """A page of the journal, the oldest first."""


def shown(entry: Entry) -> ShownEntry:
    """Show an entry."""
    return ShownEntry(
        seq=entry.seq,
        at=moment(entry.at_ns),
        tick=entry.tick,
        kind=entry.kind,
        subject=entry.subject,
        body=msgspec.json.decode(entry.body),
        hash=entry.hash.hex(),
    )


def place_of(cursor: str) -> int:
    """Return the number of the entry at which a page of the journal ends.

    Raises:
        HTTPException: 404, the cursor is none of a list from the journal.
    """
    match read_cursor(cursor):
        case (int(seq),) if 0 <= seq <= LARGEST:
            return seq
        case _:
            raise no_cursor(cursor)


async def read(view: SiteView, wanted: Wanted) -> tuple[Entry, ...]:
    """Return the entries of a page of the journal.

    Raises:
        HTTPException: 503, the journal cannot be read now.
    """
    found = await view.entries.page(wanted)
    if isinstance(found, NothingRead):
        raise HTTPException(503, found.why, headers=ASK_AGAIN)
    return found


@router.get("", response_model=ShownEntries, responses=READS)
async def journal(
    request: Request,
    view: ThisView,
    *,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="Number of the last entry that is known.")] = 0,
    kind: Annotated[str, Query(max_length=60, description="Only entries of this kind.")] = "",
    subject: Annotated[str, Query(max_length=300, description="Only entries about this.")] = "",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Response:
    """List entries in order; behind the newest one the list goes on as the gateway writes."""
    begin = place_of(cursor) if cursor else after
    found = await read(view, Wanted(after=begin, most=limit + 1, kind=kind, subject=subject))
    following = cursor_of((found[limit - 1].seq,)) if len(found) > limit else None
    listed = ShownEntries(items=tuple(map(shown, found[:limit])), next=following)
    return answered(request, listed, link(request, following))

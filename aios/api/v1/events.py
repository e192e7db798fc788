"""`/events`: what changes at a site, as one stream that a reader can take up where it lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from sse_starlette.event import JSONServerSentEvent, ServerSentEvent

from aios.api.identity import READS, asker
from aios.api.reading import Read
from aios.api.v1 import alarms, approvals, commands, forecasts, points, policies, repair_orders
from aios.api.v1.answers import problems
from aios.api.v1.person import granted
from aios.api.v1.seen import Seen, SiteId, ThisView
from aios.api.v1.shown import moment
from aios.control_room.changes import Change, Subject
from aios.control_room.site_views import SiteView

router = APIRouter(prefix="/sites/{site}/events", tags=["events"])
BEAT_POLLS: Final = 5
"""Polls between two beats: one to six seconds while somebody reads, as the gateway ticks."""
RECONNECT_MS: Final = 1000
_SHOWN: Final[Mapping[Subject, Callable[[Any, Seen], BaseModel]]] = {
    Subject.POINTS: points.shown,
    Subject.COMMANDS: lambda noun, _: commands.shown(noun),
    Subject.APPROVALS: lambda noun, seen: approvals.shown(noun, approvals.unit_of(seen, noun.point)),
    Subject.ALARMS: lambda noun, _: alarms.shown(noun),
    Subject.REPAIR_ORDERS: repair_orders.shown,
    Subject.FORECASTS: forecasts.shown,
    Subject.POLICIES: lambda noun, _: policies.shown(noun),
}


KINDS: Final[Mapping[Subject, str]] = {
    Subject.POINTS: "point",
    Subject.COMMANDS: "command",
    Subject.APPROVALS: "question",
    Subject.ALARMS: "alarm",
    Subject.REPAIR_ORDERS: "repair_order",
    Subject.FORECASTS: "forecast",
    Subject.POLICIES: "policy",
}
"""The kind of object whose right to read each subject takes."""


def subjects_of(
    request: Request,
    site: SiteId,
    only: Annotated[list[Subject] | None, Query(description="Only these; all where none is named.")] = None,
) -> frozenset[Subject]:
    """Return what a person is told of: what they ask for, each with its right.

    Raises:
        HTTPException: 403, they may not read one of them, and why.
    """
    wanted, identity = frozenset(only or Subject), asker(request)
    for subject in sorted(wanted):
        if identity is not None:
            granted(request, identity, action="read", kind=KINDS[subject], site=site)
    request.scope["state"][READS] = tuple(Read(KINDS[subject], site) for subject in wanted)
    return wanted


def place_of(last: str, view: SiteView) -> int | None:
    """Return the number after which a reader goes on; None where the changes since then are not known."""
    if not last:
        return view.changes.newest
    run, _, told = last.rpartition("-")
    known = run == view.changes.run and told.isascii() and told.isdecimal() and len(told) < 19
    return int(told) if known else None


async def stream(view: SiteView, last: str, only: frozenset[Subject]) -> AsyncIterator[ServerSentEvent]:
    """Yield what changes, from where a reader stopped; `reset` where it must read the lists again."""
    view.changes.take()
    place, polls_told = place_of(last, view), -BEAT_POLLS
    with view.feed.watching():
        while not view.feed.closed:
            polls = view.feed.polls
            view.changes.take()
            news = None if place is None else view.changes.after(place)
            place = view.changes.newest
            for change in news or ():
                if change.subject in only:
                    yield _event(change, view)
            if news is None or polls - polls_told >= BEAT_POLLS:
                polls_told = polls
                yield _beat(view, "reset" if news is None else "beat")
            if not await view.feed.beyond(polls):
                return


def _event(change: Change, view: SiteView) -> ServerSentEvent:
    sight = view.feed.sight()
    item = None
    if change.noun is not None and sight.snapshot is not None:
        item = _SHOWN[change.subject](change.noun, Seen(view, sight.snapshot, sight)).model_dump(mode="json")
    return JSONServerSentEvent(
        {"id": change.id, "item": item},
        event=change.subject.value,
        id=f"{view.changes.run}-{change.number}",
        retry=RECONNECT_MS,
    )


def _beat(view: SiteView, event: str) -> ServerSentEvent:
    sight = view.feed.sight()
    told = {
        "gateway": "down" if sight.down_s is not None else "up",
        "now": None if sight.snapshot is None else moment(sight.snapshot.now_ns),
        "feed_age_s": round(sight.feed_age_s, 3),
    }
    return JSONServerSentEvent(told, event=event, id=f"{view.changes.run}-{view.changes.newest}")


@router.get(
    "",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems(401, 403, 404, 405, 421, 422, 429)},
)
async def events(
    only: Annotated[frozenset[Subject], Depends(subjects_of)],
    view: ThisView,
    last_event_id: Annotated[str, Header(max_length=60, description="Id of the last event read.")] = "",
) -> Response:
    """Stream changes. Open it, then read the lists: what changes between the two is told."""
    told = stream(view, last_event_id, only)
    return EventSourceResponse(told, ping=0)

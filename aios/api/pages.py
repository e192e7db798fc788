"""The pages of one gateway: each shows what is known of it, and follows it by one stream."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sse_starlette import EventSourceResponse

from aios.api.front import Front
from aios.api.identity import asker
from aios.api.problem import problem
from aios.control_room.panes import history_page, lineage_page, whole_page
from aios.control_room.recall import NoRecall, NothingRecalled, Recall
from aios.control_room.sight import Place, Sight
from aios.control_room.site_views import SiteView
from aios.control_room.source import SnapshotSource, SourceDown
from aios.control_room.stream import Presses, stream
from aios.control_room.viewer import Viewer
from aios.control_room.views.history import RANGES, USUAL, point_past
from aios.control_room.views.lineage import way
from kernel.asset import Asset
from kernel.shell.wire import Lineage

LINEAGE_S: Final = 5.0
"""Real seconds the gateway has to tell a command's way."""


class Page(StrEnum):
    """The pages with a live stream."""

    OVERVIEW = "overview"
    ALARMS = "alarms"
    APPROVALS = "approvals"
    COMMANDS = "commands"
    POINTS = "points"
    RUNTIME = "runtime"
    LINEAGE = "lineage"
    HISTORY = "history"


PATHS: Final = {
    "/": Page.OVERVIEW,
    "/alarms": Page.ALARMS,
    "/approvals": Page.APPROVALS,
    "/commands": Page.COMMANDS,
    "/points": Page.POINTS,
    "/runtime": Page.RUNTIME,
}


@dataclass(frozen=True, slots=True)
class Pages:
    """One gateway as a desk shows it to people."""

    view: SiteView
    place: Place
    presses: Presses
    recall: Recall

    def sight(self) -> Sight:
        """Return what is known of the gateway now."""
        return self.view.feed.sight()

    def viewer(self, request: Request) -> Viewer:
        """Return who looks, as far as a page needs to know."""
        front: Front = request.state.front
        return front.viewer(asker(request), self.view.site)


def pages_of(
    view: SiteView,
    assets: tuple[Asset, ...] = (),
    *,
    time_zone: str = "UTC",
    recall: Recall | None = None,
    root: str = "",
) -> Pages:
    """Return the pages of a gateway.

    Args:
        view: the gateway as the desk reaches it.
        assets: topology for the one-line diagram; empty draws none.
        time_zone: IANA name; every clock time on the pages is in it.
        recall: the history of the site; None says on the page that there is none.
        root: where the pages stand, such as `/desk/nord`; empty where the desk has this gateway alone.
    """
    place = Place(assets=assets, zone=ZoneInfo(time_zone), root=root)
    return Pages(view, place, Presses(view.feed, place), recall or NoRecall())


def routes_of(pages: Pages) -> APIRouter:
    """Return the routes of a gateway's pages."""
    router = APIRouter(prefix=pages.place.root)
    for path, page in PATHS.items():
        _add_page(router, path, page, pages)
    _add_lineage(router, pages)
    _add_history(router, pages)

    @router.get("/events")
    async def events(page: Page = Page.OVERVIEW) -> Response:
        # Beats follow every poll, so the library's own ping has nothing to add.
        return EventSourceResponse(stream(pages.view.feed, pages.presses, page), ping=0)

    return router


def _add_page(router: APIRouter, path: str, page: Page, pages: Pages) -> None:
    @router.get(path, name=page.value)
    async def shown(request: Request) -> Response:
        return HTMLResponse(whole_page(page, pages.sight(), pages.place, pages.viewer(request)))


def _add_lineage(router: APIRouter, pages: Pages) -> None:
    @router.get("/lineage/{command_id:path}")
    async def lineage(request: Request, command_id: str) -> Response:
        answer, status = await _lineage(pages.view.source, command_id)
        sight = pages.sight()
        units = {} if sight.snapshot is None else {p.point: p.unit for p in sight.snapshot.points}
        worded = way(answer, command_id, units, pages.place.zone)
        shown = lineage_page(worded, sight, pages.place, pages.viewer(request))
        return HTMLResponse(shown, status_code=status)


def _add_history(router: APIRouter, pages: Pages) -> None:
    @router.get("/history/{point:path}")
    async def history(request: Request, point: str, last: str = USUAL) -> Response:
        if last not in RANGES:
            return problem(422, f"last={last}: choose one of {', '.join(RANGES)}")
        found = await pages.recall.recall(point, RANGES[last][1])
        status = 200
        if isinstance(found, NothingRecalled):
            status = 503 if found.known else 404
        past = point_past(point, last, found, pages.place)
        shown = history_page(past, pages.sight(), pages.place, pages.viewer(request))
        return HTMLResponse(shown, status_code=status)


async def _lineage(source: SnapshotSource, command_id: str) -> tuple[Lineage, int]:
    """Return a command's way and the status that tells how much of it there is."""
    try:
        async with asyncio.timeout(LINEAGE_S):
            answer = await source.lineage(command_id)
    except TimeoutError:
        return _no_lineage(f"the gateway gave no answer in {LINEAGE_S:g} s"), 503
    except SourceDown as down:
        return _no_lineage(f"the gateway does not answer: {down}"), 503
    known = answer.command is not None or answer.decision is not None
    return answer, 200 if known else 404


def _no_lineage(why: str) -> Lineage:
    return Lineage(
        command=None,
        decision=None,
        proposals=(),
        measurements=(),
        forecasts=(),
        verdict=None,
        receipt=None,
        revision="",
        written_at_ns=None,
        missing=why,
    )

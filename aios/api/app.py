"""The control room's HTTP app: pages, one event stream, the HTTP API, and what stands before them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from sse_starlette import EventSourceResponse

from aios.api import sign_in
from aios.api.front import Front
from aios.api.identity import Identified, asker
from aios.api.metrics import CONTENT_TYPE, exposition
from aios.api.problem import problem, tell_problems
from aios.api.security import Guard
from aios.api.v1.routes import add_api
from aios.control_room.feed import Feed
from aios.control_room.panes import STATIC, history_page, lineage_page, whole_page
from aios.control_room.recall import NoRecall, NothingRecalled, Recall
from aios.control_room.sight import Place
from aios.control_room.site_views import SiteView, SiteViews, site_view
from aios.control_room.source import SnapshotSource, SourceDown
from aios.control_room.stream import Presses, stream
from aios.control_room.viewer import Viewer
from aios.control_room.views.history import RANGES, USUAL, point_past
from aios.control_room.views.lineage import way
from kernel.asset import Asset
from kernel.shell.wire import Lineage, Sample

METRICS_S: Final = 5.0
"""Real seconds the gateway has to give its figures; below the usual time-out of who scrapes them."""
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


@dataclass(frozen=True, slots=True)
class _Room:
    """What the routes share."""

    source: SnapshotSource
    place: Place
    feed: Feed
    presses: Presses
    recall: Recall


def make_app(
    source: SnapshotSource,
    assets: tuple[Asset, ...] = (),
    *,
    time_zone: str = "UTC",
    feed: Feed | None = None,
    recall: Recall | None = None,
    sites: Sequence[SiteView] = (),
    front: Front | None = None,
) -> FastAPI:
    """Build the app over a source; its feed polls while the app's lifespan runs.

    Args:
        source: where snapshots come from.
        assets: topology for the one-line diagram; empty draws none.
        time_zone: IANA name; every clock time on the page is in it.
        feed: the poller, where the caller wants to close it; None makes one.
        recall: the history of the site; None says on the page that there is none.
        sites: the gateways of the HTTP API; empty means the one behind the source.
        front: who may ask, and how fast; None is a desk of this machine without accounts, which is only read.
    """
    zone: tzinfo = ZoneInfo(time_zone)
    place = Place(assets=assets, zone=zone)
    polled = Feed(source) if feed is None else feed
    room = _Room(source, place, polled, Presses(polled, place), recall or NoRecall())
    views = SiteViews(sites or (site_view(source, polled),))
    feeds = {id(one): one for one in (polled, *(view.feed for view in views))}

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            polling = [tasks.create_task(one.run()) for one in feeds.values()]
            yield
            for one, task in zip(feeds.values(), polling, strict=True):
                one.close()
                task.cancel()

    app = FastAPI(
        title="AIOS Grid control room", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    before = Front() if front is None else front
    # The one that is added last is asked first.
    app.add_middleware(Identified, front=before)
    app.add_middleware(Guard, front=before)
    tell_problems(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _add_pages(app, room)
    _add_lineage(app, room)
    _add_history(app, room)
    _add_machine_routes(app, room)
    app.include_router(sign_in.router)
    if before.oidc is not None:
        from aios.api import oidc  # noqa: PLC0415 - a desk without a provider loads nothing of it

        app.include_router(oidc.router)
    add_api(app, views)
    return app


def _viewer(request: Request, room: _Room) -> Viewer:
    """Return who looks at a page, as far as the page needs to know."""
    shot = room.feed.sight().snapshot
    front: Front = request.state.front
    return front.viewer(asker(request), "" if shot is None else shot.site)


def _add_pages(app: FastAPI, room: _Room) -> None:
    def page(request: Request, name: Page) -> HTMLResponse:
        return HTMLResponse(whole_page(name, room.feed.sight(), room.place, _viewer(request, room)))

    @app.get("/")
    async def overview(request: Request) -> Response:
        return page(request, Page.OVERVIEW)

    @app.get("/alarms")
    async def alarms(request: Request) -> Response:
        return page(request, Page.ALARMS)

    @app.get("/approvals")
    async def approvals(request: Request) -> Response:
        return page(request, Page.APPROVALS)

    @app.get("/commands")
    async def commands(request: Request) -> Response:
        return page(request, Page.COMMANDS)

    @app.get("/points")
    async def points(request: Request) -> Response:
        return page(request, Page.POINTS)

    @app.get("/runtime")
    async def runtime(request: Request) -> Response:
        return page(request, Page.RUNTIME)


def _add_lineage(app: FastAPI, room: _Room) -> None:
    @app.get("/lineage/{command_id:path}")
    async def lineage(request: Request, command_id: str) -> Response:
        answer, status = await _lineage(room.source, command_id)
        sight = room.feed.sight()
        units = {} if sight.snapshot is None else {p.point: p.unit for p in sight.snapshot.points}
        worded = way(answer, command_id, units, room.place.zone)
        return HTMLResponse(
            lineage_page(worded, sight, room.place, _viewer(request, room)), status_code=status
        )


def _add_history(app: FastAPI, room: _Room) -> None:
    @app.get("/history/{point:path}")
    async def history(request: Request, point: str, last: str = USUAL) -> Response:
        if last not in RANGES:
            return problem(422, f"last={last}: choose one of {', '.join(RANGES)}")
        found = await room.recall.recall(point, RANGES[last][1])
        status = 200
        if isinstance(found, NothingRecalled):
            status = 503 if found.known else 404
        past = point_past(point, last, found, room.place)
        page = history_page(past, room.feed.sight(), room.place, _viewer(request, room))
        return HTMLResponse(page, status_code=status)


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
        findings=(),
        verdict=None,
        receipt=None,
        revision="",
        written_at_ns=None,
        missing=why,
    )


def _add_machine_routes(app: FastAPI, room: _Room) -> None:
    @app.get("/events")
    async def events(page: Page = Page.OVERVIEW) -> Response:
        # Beats follow every poll, so the library's own ping has nothing to add.
        return EventSourceResponse(stream(room.feed, room.presses, page), ping=0, send_timeout=10.0)

    @app.get("/api/v1/snapshot")
    async def snapshot() -> Response:
        sight = room.feed.sight()
        if sight.snapshot is None:
            return problem(503, f"the gateway has not answered yet: {sight.why_down or 'just started'}")
        ages = {"AIOS-Feed-Age": f"{sight.feed_age_s:.3f}"}
        return Response(msgspec.json.encode(sight.snapshot), media_type="application/json", headers=ages)

    @app.get("/metrics")
    async def metrics() -> Response:
        samples: tuple[Sample, ...] = ()
        up = False
        with contextlib.suppress(SourceDown, TimeoutError):
            async with asyncio.timeout(METRICS_S):
                samples, up = (await room.source.metrics()).samples, True
        return Response(exposition(samples, up=up), media_type=CONTENT_TYPE)

    @app.get("/healthz")
    async def healthz() -> Response:
        sight = room.feed.sight()
        state = {
            "page": "up",
            "gateway": "down" if sight.down_s is not None else "up" if sight.snapshot else "starting",
            "feed_age_s": round(sight.feed_age_s, 3),
        }
        return JSONResponse(state)

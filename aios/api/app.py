"""The control room's HTTP app: pages, one event stream, the HTTP API, and what stands before them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from aios.api import gateways, sign_in
from aios.api.front import Front
from aios.api.identity import Identified
from aios.api.metrics import CONTENT_TYPE, exposition
from aios.api.pages import Pages, pages_of, routes_of
from aios.api.problem import problem, tell_problems
from aios.api.security import Guard
from aios.api.v1.routes import add_api
from aios.control_room.feed import Feed
from aios.control_room.panes import STATIC
from aios.control_room.recall import Recall
from aios.control_room.site_views import SiteView, SiteViews, site_view
from aios.control_room.source import SnapshotSource, SourceDown
from kernel.asset import Asset
from kernel.shell.wire import Sample

METRICS_S: Final = 5.0
"""Real seconds the gateway has to give its figures; below the usual time-out of who scrapes them."""


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
    """Build the app of a desk whose pages show one gateway.

    Args:
        source: where snapshots come from.
        assets: topology for the one-line diagram; empty draws none.
        time_zone: IANA name; every clock time on the page is in it.
        feed: the poller, where the caller wants to close it; None makes one.
        recall: the history of the site; None says on the page that there is none.
        sites: the gateways of the HTTP API; empty means the one behind the source.
        front: who may ask, and how fast; None is a desk of this machine without accounts, which is only read.
    """
    view = next((one for one in sites if one.source is source), None) or site_view(source, feed)
    pages = pages_of(view, assets, time_zone=time_zone, recall=recall)
    return desk_app((pages,), sites=sites, front=front)


def desk_app(desk: Sequence[Pages], *, sites: Sequence[SiteView] = (), front: Front | None = None) -> FastAPI:
    """Build the app of a desk; its feeds poll while the app's lifespan runs.

    Args:
        desk: the pages of its gateways, each with its own root where there are several.
        sites: the gateways of the HTTP API; empty means those of the pages.
        front: who may ask, and how fast; None is a desk of this machine without accounts, which is only read.
    """
    views = SiteViews(sites or [pages.view for pages in desk])
    feeds = {id(view.feed): view.feed for view in (*(pages.view for pages in desk), *views)}

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
    for pages in desk:
        app.include_router(routes_of(pages))
    if len(desk) > 1:
        app.include_router(gateways.routes_of(desk))
    _add_machine_routes(app, desk[0].view)
    app.include_router(sign_in.router)
    if before.oidc is not None:
        from aios.api import oidc  # noqa: PLC0415 - a desk without a provider loads nothing of it

        app.include_router(oidc.router)
    add_api(app, views)
    return app


def _add_machine_routes(app: FastAPI, view: SiteView) -> None:
    @app.get("/api/v1/snapshot")
    async def snapshot() -> Response:
        sight = view.feed.sight()
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
                samples, up = (await view.source.metrics()).samples, True
        return Response(exposition(samples, up=up), media_type=CONTENT_TYPE)

    @app.get("/healthz")
    async def healthz() -> Response:
        sight = view.feed.sight()
        state = {
            "page": "up",
            "gateway": "down" if sight.down_s is not None else "up" if sight.snapshot else "starting",
            "feed_age_s": round(sight.feed_age_s, 3),
        }
        return JSONResponse(state)

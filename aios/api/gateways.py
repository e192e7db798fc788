"""The page of a desk with several gateways: which one needs a person first."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sse_starlette import EventSourceResponse

from aios.api.front import Front
from aios.api.identity import asker
from aios.api.pages import Pages
from aios.control_room.gateways import GatewaysPress, gateways_page
from aios.control_room.stream import stream


def routes_of(desk: Sequence[Pages]) -> APIRouter:
    """Return the routes of the page that lists the gateways; who may not read one does not see it."""
    router = APIRouter()

    def press_for(request: Request) -> GatewaysPress:
        front: Front = request.state.front
        who = asker(request)
        shown = [one for one in desk if who is None or front.sees(who, one.view.site)]
        return GatewaysPress(lambda: [(one.view.site, one.sight(), one.place) for one in shown])

    @router.get("/")
    async def gateways(request: Request) -> Response:
        front: Front = request.state.front
        viewer = front.viewer(asker(request), "")
        return HTMLResponse(gateways_page(press_for(request), desk[0].sight(), viewer))

    @router.get("/events")
    async def events(request: Request) -> Response:
        news = stream(desk[0].view.feed, press_for(request), "gateways")
        return EventSourceResponse(news, ping=0)

    return router

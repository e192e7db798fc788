"""All routes of version 1, and their description as OpenAPI 3.1."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from aios import __version__
from aios.api.v1 import (
    agent_questions,
    agents,
    alarms,
    approvals,
    commands,
    events,
    forecasts,
    hand_overs,
    journal,
    overrides,
    points,
    policies,
    repair_orders,
    sites,
)
from aios.api.v1.first_answers import FirstAnswers
from aios.api.v1.person import SHOWN_BY
from aios.api.v1.shown import Problem
from aios.control_room.site_views import SiteViews

PREFIX: Final = "/api/v1"
TITLE: Final = "AIOS Grid"
ABOUT: Final = (
    "What the gateways of a desk know, and what people tell them. Times are RFC 3339 in UTC, durations "
    "seconds, values in the unit that stands beside them. Every value has its quality and its age. "
    "Errors are problem documents (RFC 9457)."
)
RESOURCES: Final = (
    sites.router,
    points.router,
    overrides.router,
    commands.router,
    approvals.router,
    agent_questions.router,
    agents.router,
    alarms.router,
    repair_orders.router,
    forecasts.router,
    policies.router,
    hand_overs.router,
    journal.router,
    events.router,
)


def add_api(app: FastAPI, sites: SiteViews) -> None:
    """Add version 1 to an app, over the gateways of a desk."""
    app.state.sites, app.state.first_answers = sites, FirstAnswers()
    app.router.routes.extend(_routes())


@lru_cache(maxsize=1)
def _routes() -> list[BaseRoute]:
    """Make the routes, once for all apps of a process: reading every signature takes a good part of a second.

    They hold nothing of an app; a request brings the one that it came to.
    """
    bare = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    whole = _whole()
    whole.add_api_route("/openapi.json", _description, include_in_schema=False)
    bare.include_router(whole)
    return bare.routes


def _whole() -> APIRouter:
    whole = APIRouter(prefix=PREFIX, dependencies=[Depends(SHOWN_BY)])
    for resource in RESOURCES:
        whole.include_router(resource)
    return whole


async def _description() -> Response:
    """Describe this API."""
    return JSONResponse(description())


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """Return the description of the API, OpenAPI 3.1."""
    described = FastAPI()
    described.include_router(_whole())
    document = get_openapi(
        title=TITLE, version=__version__, summary="Version 1", description=ABOUT, routes=described.routes
    )
    schemas = document["components"]["schemas"]
    schemas[Problem.__name__] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document

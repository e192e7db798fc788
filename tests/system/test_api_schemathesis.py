"""The whole HTTP API against its own description: what it says of itself holds for whatever is asked."""

from __future__ import annotations

import asyncio
from functools import cache

import httpx
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings

from aios.api.v1.routes import description
from tests.unit.aios.api.v1.asking import URL, app_over, seen_view, south_view

EXAMPLES = 12
"""Questions to each operation; `make reliability` asks more."""


@cache
def desk() -> FastAPI:
    """A desk with two gateways that have answered once; its streams have ended."""

    async def made() -> FastAPI:
        views = [await seen_view(), await south_view()]
        for view in views:
            view.feed.close()
        return app_over(*views)

    return asyncio.run(made())


schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app=desk(), headers={"host": "127.0.0.1"})
KNOWN = {
    "site": "nord",
    "point": "grid/active_power",
    "command": "nord-40980-1",
    "question": "nord-41200-1",
    "alarm": "voltage_limit:t1",
    "order": "t1/cooling",
}
"""Of every part of a path one that is there: most questions are about it, the others about what is not."""


@schema.hook("map_path_parameters")
def mostly_there(_: object, told: dict[str, str] | None) -> dict[str, str] | None:
    return told and {name: KNOWN[name] if len(str(value)) % 4 else value for name, value in told.items()}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_description_says(case: schemathesis.Case) -> None:
    assert case.call_and_validate(base_url=URL).status_code < 500


async def test_what_is_asked_about_most_is_there() -> None:
    paths = [path for path, operations in description()["paths"].items() if "get" in operations]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(desk()), base_url=URL) as client:
        told = {path: (await client.get(path.format(**KNOWN))).status_code for path in paths}
    assert told == dict.fromkeys(paths, 200)

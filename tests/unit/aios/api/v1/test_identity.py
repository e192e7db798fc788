"""No route answers nobody once there are accounts, and nobody reads without the right."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from aios.api.reading import is_open
from aios.api.v1.routes import description
from tests.unit.aios.api.v1.asking import NORD, app_over, as_, asking, known, seen_view, south_view


class Anything(dict[str, str]):
    """Something for every part of a path."""

    def __missing__(self, name: str) -> str:
        return "x"


def every_route(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    """Yield every route of the app that is not answered to anybody, with its methods."""
    for context in iter_route_contexts(app.routes):
        path = re.sub(r"\{\w+(:path)?\}", "x", context.path)
        if not is_open(path) and not path.startswith("/static"):
            yield path, set(context.methods or {"GET"})


async def test_every_route_needs_an_identity():
    view = await seen_view()
    view.feed.close()  # so that a stream ends that would be answered
    app = app_over(view, front=known())
    body = {"headers": {"Idempotency-Key": "k"}, "json": {"reason": "r"}}
    async with asking(view, front=known()) as client:
        statuses = {
            (method, path): (await client.request(method, path, **body)).status_code
            for path, methods in every_route(app)
            for method in methods
        }
    paths = {path for _, path in statuses}
    assert {path.format_map(Anything()) for path in description()["paths"]} <= paths
    assert len(paths) > 30
    assert {one: status for one, status in statuses.items() if status != 401} == {}


@pytest.mark.parametrize("name", ["points", "alarms", "approvals", "journal", "events", "policies"])
async def test_nobody_reads_a_site_that_they_are_not_assigned_to(name: str):
    view = await seen_view()
    view.feed.close()
    async with asking(view, await south_view(), front=known()) as client:
        assert (await client.get(f"{NORD}/{name}", headers=as_("olga"))).status_code == 403
        assert (await client.get(f"{NORD}/{name}", headers=as_("vera"))).status_code == 200
        assert (await client.get(f"/api/v1/sites/nowhere/{name}", headers=as_("vera"))).status_code == 403


async def test_a_desk_tells_a_person_their_own_sites():
    async with asking(await seen_view(), await south_view(), front=known()) as client:
        mine = [
            [one["site"] for one in (await client.get("/api/v1/sites", headers=as_(who))).json()["items"]]
            for who in ("vera", "olga", "anton")
        ]
    assert mine == [["nord"], ["south"], ["nord", "south"]]

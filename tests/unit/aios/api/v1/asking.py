"""The app over a gateway that answers from memory, and somebody who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from fastapi import FastAPI

from aios.api.app import make_app
from aios.control_room.feed import Feed
from aios.control_room.site_views import SiteView, site_view
from kernel.instruction import Approval
from kernel.question import Precondition, Question, Stage
from tests.fakes.nord import MIN, NOW, S, assets
from tests.fakes.nord_entries import FakeEntries
from tests.fakes.snapshots import FakeSource, snapshot

URL = "http://127.0.0.1:8080"
NORD = "/api/v1/sites/nord"


class Stopwatch:
    """Real seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def question(name: str = "nord-41200-1") -> Question:
    """Policy asks about closing a breaker; one person has agreed."""
    yes = Approval(
        key="k", person="ana", role="OPERATOR", reason="seen", at_ns=NOW - S, asked=name, granted=True
    )
    return Question(
        id=name,
        trace="t",
        point="cb14/close",
        value=1.0,
        low=1.0,
        high=1.0,
        once=True,
        asked_by="person:lena",
        wanted_low=1.0,
        wanted_high=1.0,
        rule="switching",
        reason="closing onto a line needs two people",
        revision="nord-2026.11.2",
        approvals=2,
        roles=("OPERATOR",),
        asked_at_ns=NOW - MIN,
        decide_by_ns=NOW + 9 * MIN,
        holds_s=600.0,
        preconditions=(Precondition(point="cb14/state", usable=True, value=0.0),),
        digest="ab12",
        stage=Stage.ANSWERED,
        answers=(yes,),
        person="lena",
    )


def asking_source() -> FakeSource:
    """A gateway that asks people something."""
    return FakeSource(snapshot(asked=(question(),), overridden={"bat1/active_power_setpoint": "o1"}))


async def seen_view(
    source: FakeSource | None = None, *, named: str = "nord", watch: Stopwatch | None = None
) -> SiteView:
    """A gateway that a desk has asked once."""
    asked = asking_source() if source is None else source
    feed = Feed(asked, monotonic=watch or Stopwatch())
    await feed.poll()
    return site_view(asked, feed, entries=FakeEntries(), named=named)


async def south_view() -> SiteView:
    """Another gateway on the same desk, with one point and one alarm of its own."""
    told = snapshot()
    own = msgspec.structs.replace(told.points[0], point="south/only")
    alarm = msgspec.structs.replace(told.alarms[0], id="south_only:x")
    return await seen_view(FakeSource(snapshot(site="south", points=(own,), alarms=(alarm,))), named="south")


def app_over(*views: SiteView) -> FastAPI:
    """The app of a desk with these gateways; the first has the page."""
    return make_app(views[0].source, assets(), feed=views[0].feed, sites=views)


@asynccontextmanager
async def asking(*views: SiteView) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the app of a desk with these gateways; one of nord where none is named."""
    transport = httpx.ASGITransport(app_over(*(views or (await seen_view(),))))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client

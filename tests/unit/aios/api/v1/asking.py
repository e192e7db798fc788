"""The app over a gateway that answers from memory, and somebody who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from fastapi import FastAPI

from aios.access.identity import Identity, Role, Stranger
from aios.api.app import make_app
from aios.api.front import Front, Paces
from aios.control_room.feed import Feed
from aios.control_room.site_views import SiteView, site_view
from aios.control_room.vouching import Voucher
from kernel.capability import AskedPeople
from kernel.instruction import AgentChange, Approval, Change, HandOver, OpenItems, Override
from kernel.question import Precondition, Question, Stage
from tests.fakes.nord import HOUR, MIN, NOW, S, assets
from tests.fakes.nord_entries import FakeEntries
from tests.fakes.snapshots import FakeSource, snapshot

URL = "http://127.0.0.1:8080"
NORD = "/api/v1/sites/nord"


AGENT_ASKS = AskedPeople(id="t1.0", agent="peak_shaving", question="Is the battery in test?", at_ns=NOW - MIN)
SUSPENDED = AgentChange(
    key="s",
    person="lena",
    reason="it swings",
    at_ns=NOW - MIN,
    agent="transformer_health",
    change=Change.SUSPEND,
)


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
    held = Override(
        key="o1",
        person="lena",
        reason="test of the battery",
        at_ns=NOW - MIN,
        pattern="bat1/*",
        value=5.0,
        until_ns=NOW + HOUR,
    )
    overridden = {"bat1/active_power_setpoint": "o1"}
    given = HandOver(
        key="h",
        person="lena",
        reason="n",
        at_ns=NOW - HOUR,
        note="bay 15 is earthed",
        giver="lena",
        taker="emil",
        open=OpenItems(questions=1),
    )
    return FakeSource(
        snapshot(
            asked=(question(),),
            overrides=(held,),
            overridden=overridden,
            hand_over=given,
            agents_ask=(AGENT_ASKS,),
            suspended=(SUSPENDED,),
        )
    )


async def seen_view(
    source: FakeSource | None = None,
    *,
    named: str = "nord",
    watch: Stopwatch | None = None,
    voucher: Voucher | None = None,
    entries: FakeEntries | None = None,
) -> SiteView:
    """A gateway that a desk has asked once."""
    asked = asking_source() if source is None else source
    feed = Feed(asked, monotonic=watch or Stopwatch())
    await feed.poll()
    return site_view(asked, feed, entries=entries or FakeEntries(), named=named, voucher=voucher)


async def south_view() -> SiteView:
    """Another gateway on the same desk, with one point and one alarm of its own."""
    told = snapshot()
    own = msgspec.structs.replace(told.points[0], point="south/only")
    alarm = msgspec.structs.replace(told.alarms[0], id="south_only:x")
    return await seen_view(FakeSource(snapshot(site="south", points=(own,), alarms=(alarm,))), named="south")


def person(name: str, *roles: Role, sites: tuple[str, ...] = ("nord",)) -> Identity:
    """Somebody who has a token of their own name."""
    return Identity(person=name, roles=roles, sites=sites, way="token", sign_in=f"token-{name}")


PEOPLE = {
    one.person: one
    for one in (
        person("erika", Role.OPERATOR),
        person("emil", Role.OPERATOR),
        person("ines", Role.ENGINEER),
        person("vera", Role.VIEWER),
        person("anton", Role.AUDITOR, sites=("*",)),
        person("sven", Role.SECADM),
        person("paula", Role.OPERATOR, Role.ENGINEER),
        person("olga", Role.OPERATOR, sites=("south",)),
    )
}


class ByName:
    """Knows people by their name: everybody's token is their name."""

    def __init__(self) -> None:
        self.accounts = self

    def any(self) -> bool:
        """There are accounts."""
        return True

    def identify(self, *, cookie: str, bearer: str, now_ns: int, used: bool = True) -> Identity | Stranger:
        """Return who has that name."""
        return PEOPLE.get(bearer) or Stranger(why="sign in first")


def known(paces: Paces | None = None) -> Front:
    """A desk that knows people by their name."""
    return Front(access=ByName(), paces=paces, now_ns=lambda: NOW)  # type: ignore[arg-type]


def as_(name: str, key: str = "", **headers: str) -> dict[str, str]:
    """Headers of a person, with a key where they act."""
    named = {"Authorization": f"Bearer {name}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return named | ({"Idempotency-Key": key} if key else {})


def app_over(*views: SiteView, front: Front | None = None) -> FastAPI:
    """The app of a desk with these gateways; the first has the page."""
    return make_app(views[0].source, assets(), feed=views[0].feed, sites=views, front=front)


@asynccontextmanager
async def asking(*views: SiteView, front: Front | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the app of a desk with these gateways; one of nord where none is named."""
    transport = httpx.ASGITransport(app_over(*(views or (await seen_view(),)), front=front))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client

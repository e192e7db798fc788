"""`/sites`: the gateways of this desk."""

from __future__ import annotations

from datetime import UTC

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from aios.access.identity import within
from aios.api.identity import asker
from aios.api.v1.answers import answered, problems
from aios.api.v1.seen import ThisView, views_of
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none
from aios.control_room.proof import Link, proof
from aios.control_room.sight import Sight
from aios.control_room.site_views import SiteView

router = APIRouter(tags=["sites"])


class ShownProof(Shown):
    """Whether alarms come through to this desk, by the last canary alarm that did."""

    every_s: float = Field(description="Operational seconds from one canary alarm to the next.", gt=0)
    raised: Moment | None = Field(description="When the last that came through was raised; null before it.")
    age_s: float | None = Field(description="Its age, operational seconds; null before the first.")
    broken: Link | None = Field(
        description="The link that is broken: none came in three periods; null while alarms come through."
    )
    why: str = Field(description="The same in words, times in UTC; empty while alarms come through.")


class ShownSite(Shown):
    """One gateway of this desk."""

    site: str = Field(description="Id of the site, as it stands in every path.")
    title: str = Field(description="What people call it; empty until its gateway has answered.")
    gateway: str = Field(description="up, down or starting.", pattern="^(up|down|starting)$")
    why_down: str = Field(description="Why its gateway does not answer; empty while it does.")
    version: str = Field(description="Version of the gateway.")
    revision: str = Field(description="Digest of the site file that it runs by.")
    clock: str = Field(description="synchronised, not synchronised, scaled or virtual.")
    now: Moment | None = Field(description="Operational time of the newest answer.")
    age_s: float = Field(description="Real seconds since the newest answer.", ge=0)
    alarms_proven: ShownProof | None = Field(
        description="Whether alarms come through; null where the site asks for no canary."
    )


class ShownSites(Shown):
    """The gateways of this desk."""

    items: tuple[ShownSite, ...] = Field(description="All of them, in the order of the desk.")


def shown(view: SiteView) -> ShownSite:
    """Show a gateway, whether or not it answers."""
    sight = view.feed.sight()
    shot = sight.snapshot
    return ShownSite(
        site=view.site,
        title="" if shot is None else shot.title,
        gateway="down" if sight.down_s is not None else "up" if shot else "starting",
        why_down=sight.why_down,
        version="" if shot is None else shot.version,
        revision="" if shot is None else shot.digest,
        clock="" if shot is None else shot.clock,
        now=None if shot is None else moment(shot.now_ns),
        age_s=round(max(0.0, sight.feed_age_s), 3),
        alarms_proven=_proof(sight),
    )


def _proof(sight: Sight) -> ShownProof | None:
    found = proof(sight)
    if found is None:
        return None
    return ShownProof(
        every_s=found.every_s,
        raised=moment_or_none(found.raised_ns),
        age_s=None if found.age_s is None else round(found.age_s, 3),
        broken=found.broken,
        why=found.why(UTC),
    )


@router.get("/sites", response_model=ShownSites, responses=problems(304, 401, 403, 405, 421, 422, 429))
async def sites(request: Request) -> Response:
    """List the gateways of this desk, whether or not they answer."""
    return answered(
        request,
        ShownSites(items=tuple(shown(view) for view in views_of(request) if _is_shown(request, view))),
        {},
    )


@router.get(
    "/sites/{site}", response_model=ShownSite, responses=problems(304, 401, 403, 404, 405, 421, 422, 429)
)
async def site(request: Request, view: ThisView) -> Response:
    """Tell of one gateway, whether or not it answers."""
    return answered(request, shown(view), {})


def _is_shown(request: Request, view: SiteView) -> bool:
    """Tell whether who asks is assigned to a site, where anybody has to be."""
    who = asker(request)
    return who is None or within(view.site, who.sites)

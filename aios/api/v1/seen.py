"""What a resource is read from: the newest snapshot of the site that the path names, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Path, Request

from aios.control_room.sight import Sight
from aios.control_room.site_views import SiteView, SiteViews
from kernel.point import NANOSECONDS
from kernel.quality import grown_old
from kernel.shell.wire import Snapshot

STALE_S: Final = 5.0
"""Real seconds after which what a gateway said last is old, whatever it said of itself."""
ASK_AGAIN: Final = {"Retry-After": "2"}
SiteId = Annotated[str, Path(description="Id of the site; `/api/v1/sites` lists them.")]


@dataclass(frozen=True, slots=True)
class Seen:
    """A site at this moment."""

    view: SiteView
    shot: Snapshot
    sight: Sight

    @property
    def headers(self) -> dict[str, str]:
        """How old the answer is, and whether the gateway answers."""
        return {
            "AIOS-Feed-Age": f"{self.sight.feed_age_s:.3f}",
            "AIOS-Gateway": "up" if self.sight.down_s is None else "down",
        }

    def age_s(self, at_ns: int) -> float:
        """Return how old something is now, operational seconds: also while the gateway is silent."""
        silent_s = self.sight.feed_age_s * self.shot.clock_factor
        return round(max(0.0, (self.shot.now_ns - at_ns) / NANOSECONDS + silent_s), 3)

    def quality(self, told: int) -> int:
        """Return a quality as it is now: a gateway that was not heard for long vouches for nothing."""
        return grown_old(told) if self.sight.feed_age_s > STALE_S else told


def views_of(request: Request) -> SiteViews:
    """Return the gateways of this desk."""
    views: SiteViews = request.app.state.sites
    return views


def view_of(request: Request, site: SiteId) -> SiteView:
    """Return the gateway that the path names.

    Raises:
        HTTPException: 404, this desk has no such site.
    """
    found = views_of(request).of(site)
    if found is None:
        raise HTTPException(404, f"this desk has no site {site}; GET /api/v1/sites lists them")
    return found


def seen_of(view: Annotated[SiteView, Depends(view_of)]) -> Seen:
    """Return the site that the path names as it is now.

    Raises:
        HTTPException: 404, this desk has no such site; 503, its gateway has not answered yet.
    """
    sight = view.feed.sight()
    if sight.snapshot is None:
        why = sight.why_down or "just started"
        raise HTTPException(503, f"the gateway has not answered yet: {why}", headers=ASK_AGAIN)
    return Seen(view, sight.snapshot, sight)


ThisView = Annotated[SiteView, Depends(view_of)]
ThisSite = Annotated[Seen, Depends(seen_of)]

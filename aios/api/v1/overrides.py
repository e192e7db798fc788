"""`/overrides`: values that people hold over all agents for a time, and their end before it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment
from kernel.instruction import HandBack, Override
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/overrides", tags=["overrides"])
OverrideId = Annotated[str, Path(description="Id of the override.")]


class ShownOverride(Shown):
    """A value over all agents."""

    id: str = Field(description="Its id.")
    pattern: str = Field(description="Shell pattern over the names of writable points.")
    value: float | None = Field(description="In the unit of each point; null means its safe value.")
    until: Moment = Field(description="When it ends by itself.")
    person: str = Field(description="Who gave it.")
    role: str = Field(description="In which role; empty where nobody vouched for one.")
    reason: str = Field(description="Why.")
    at: Moment = Field(description="When the gateway heard it.")


class ShownOverrides(Listed[ShownOverride]):
    """A page of overrides, the oldest first."""


def shown(override: Override) -> ShownOverride:
    """Show an override."""
    return ShownOverride(
        id=override.key,
        pattern=override.pattern,
        value=override.value,
        until=moment(override.until_ns),
        person=override.person,
        role=override.role,
        reason=override.reason,
        at=moment(override.at_ns),
    )


def override_of(seen: Seen, override: str) -> Override:
    """Return an override that stands at a site.

    Raises:
        HTTPException: 404, none of that id stands there.
    """
    found = next((one for one in seen.shot.overrides if one.key == override), None)
    if found is None:
        raise HTTPException(404, f"no override {override} stands at {seen.view.site}")
    return found


@router.get("", response_model=ShownOverrides, responses=READS)
async def overrides(request: Request, seen: ThisSite, limit: Limit = USUAL, cursor: Cursor = "") -> Response:
    """List the overrides that stand."""
    page = cut(seen.shot.overrides, lambda one: (one.at_ns, one.key), limit=limit, cursor=cursor)
    listed = ShownOverrides(items=tuple(map(shown, page.nouns)), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{override:path}", response_model=ShownOverride, responses=READS)
async def override(request: Request, seen: ThisSite, override: OverrideId) -> Response:
    """Tell of one override."""
    return answered(request, shown(override_of(seen, override)), seen.headers)


@router.post("/{override:path}/hand-back", response_model=Taken, status_code=202, responses=ACTS)
async def hand_back(
    attempt: Annotated[Attempt, Depends(May(HandBack))], override: OverrideId, act: Act
) -> Response:
    """End an override before its time: the agents decide again."""
    found = await attempt.find(override_of, override)
    told = HandBack(**attempt.told(act.reason), override=override)
    about = None if found is None else shown(found)
    return await attempt.send(Instruct(instruction=told), about=about, subject=override)

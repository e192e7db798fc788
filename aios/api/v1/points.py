"""`/points`: the newest value of every point, with its quality and age."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment_or_none, number
from edge.access.limits import LONGEST_S
from kernel.instruction import Mode, Override, PointMode
from kernel.quality import describe, is_good
from kernel.shell.wire import Instruct, PointState

router = APIRouter(prefix="/sites/{site}/points", tags=["points"])
PointName = Annotated[str, Path(description="Name of the point, such as `tx1/top_oil_temperature`.")]


class ShownPoint(Shown):
    """A point with its newest value."""

    point: str = Field(description="Its name.")
    value: float | None = Field(description="Newest value, in `unit`; null where none was ever read.")
    unit: str = Field(description="Unit of the value; `1` for codes and ratios.")
    state: str = Field(description="Name of the code, for discrete points; else empty.")
    good: bool = Field(description="Whether control uses the value.")
    quality: str = Field(description="Quality in words, such as `questionable (old)`.")
    quality_code: int = Field(description="Quality as 16 bits with the meaning of IEC 61850-7-3.", ge=0)
    at: Moment | None = Field(description="The moment the value is about; null where none was ever read.")
    age_s: float | None = Field(
        description="How old the value is now, operational seconds; null where none was ever read."
    )
    mode: Mode = Field(description="How the point is operated; `local` where its device says so.")
    override: str = Field(description="Id of the override that rules it; empty where none does.")


class ShownPoints(Listed[ShownPoint]):
    """A page of points, in the order of the site file."""


class SetMode(Act):
    """How a point is to be operated."""

    mode: Mode = Field(description="The mode; `normal` ends every other one.")
    value: float | None = Field(
        default=None, allow_inf_nan=False, description="Read instead, in the point's unit; for `substituted`."
    )
    for_s: float = Field(
        default=0.0, ge=0, le=LONGEST_S, description="How long, operational seconds; 0 until it is set again."
    )


class SetOverride(Act):
    """A value over all agents, for a time."""

    value: float | None = Field(
        allow_inf_nan=False, description="In the point's unit; null means its safe value."
    )
    for_s: float = Field(gt=0, le=LONGEST_S, description="How long, operational seconds.")


def shown(point: PointState, seen: Seen) -> ShownPoint:
    """Show a point as it is now."""
    quality = seen.quality(point.quality)
    return ShownPoint(
        point=point.point,
        value=None if point.at_ns is None else number(point.value),
        unit=point.unit,
        state=point.state,
        good=is_good(quality),
        quality=describe(quality),
        quality_code=quality,
        at=moment_or_none(point.at_ns),
        age_s=None if point.at_ns is None else seen.age_s(point.at_ns),
        mode=_mode(point.point, seen),
        override=seen.shot.overridden.get(point.point, ""),
    )


def _mode(point: str, seen: Seen) -> Mode:
    told = next((one.mode for one in seen.shot.modes if one.point == point), Mode.NORMAL)
    return Mode.LOCAL if told is Mode.NORMAL and point in seen.shot.local else told


def point_of(seen: Seen, point: str) -> PointState:
    """Return a point of a site.

    Raises:
        HTTPException: 404, the site has no such point.
    """
    found = next((one for one in seen.shot.points if one.point == point), None)
    if found is None:
        raise HTTPException(404, f"{seen.view.site} has no point {point}")
    return found


@router.get("", response_model=ShownPoints, responses=READS)
async def points(
    request: Request,
    seen: ThisSite,
    asset: Annotated[str, Query(max_length=200, description="Only points of this asset.")] = "",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Response:
    """List points with their newest values."""
    rows = {one.point: row for row, one in enumerate(seen.shot.points)}
    wanted = [one for one in seen.shot.points if not asset or one.point.startswith(f"{asset}/")]
    page = cut(wanted, lambda one: (rows[one.point],), limit=limit, cursor=cursor)
    listed = ShownPoints(items=tuple(shown(one, seen) for one in page.nouns), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{point:path}", response_model=ShownPoint, responses=READS)
async def point(request: Request, seen: ThisSite, point: PointName) -> Response:
    """Tell the newest value of one point."""
    return answered(request, shown(point_of(seen, point), seen), seen.headers)


@router.post("/{point:path}/mode", response_model=Taken, status_code=202, responses=ACTS)
async def set_mode(
    attempt: Annotated[Attempt, Depends(May(PointMode))], point: PointName, act: SetMode
) -> Response:
    """Set how a point is operated."""
    found = point_of(attempt.seen, point)
    told = PointMode(**attempt.told(act.reason), point=point, mode=act.mode, value=act.value)
    message = Instruct(instruction=told, for_s=act.for_s)
    return await attempt.send(message, about=shown(found, attempt.seen), subject=point)


@router.post("/{point:path}/override", response_model=Taken, status_code=202, responses=ACTS)
async def override(
    attempt: Annotated[Attempt, Depends(May(Override))], point: PointName, act: SetOverride
) -> Response:
    """Put a value over all agents, for a time; the key that is answered names the override."""
    found = point_of(attempt.seen, point)
    pattern = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in point)
    told = Override(**attempt.told(act.reason), pattern=pattern, value=act.value, until_ns=0)
    message = Instruct(instruction=told, for_s=act.for_s)
    return await attempt.send(message, about=shown(found, attempt.seen))

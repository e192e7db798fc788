"""`/forecasts`: quantiles by lead time, with the moment they were made."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.answers import READS, answered
from aios.api.v1.approvals import unit_of
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment, number
from kernel.forecast import Forecast

router = APIRouter(prefix="/sites/{site}/forecasts", tags=["forecasts"])
ForecastPoint = Annotated[str, Path(description="Point that is forecast.")]


class ShownForecast(Shown):
    """The forecast of one point."""

    point: str = Field(description="The point that is forecast.")
    unit: str = Field(description="Unit of every value.")
    made_at: Moment = Field(description="When it was made.")
    age_s: float = Field(description="How long ago it was made, operational seconds.", ge=0)
    start: Moment = Field(description="Begin of the first interval.")
    step_s: float = Field(description="Length of an interval, seconds; a value is the mean over it.")
    quantiles: tuple[float, ...] = Field(description="Levels of the columns, 0 to 1.")
    values: tuple[tuple[float | None, ...], ...] = Field(
        description="One row an interval, one column a quantile, in `unit`."
    )
    model: str = Field(description="Name and version of the model.")
    rung: str = Field(description="Rung of the degradation ladder that made it.")


class ShownForecasts(Listed[ShownForecast]):
    """A page of forecasts, by the name of the point."""


def shown(forecast: Forecast, seen: Seen) -> ShownForecast:
    """Show a forecast as it is now."""
    return ShownForecast(
        point=forecast.point,
        unit=unit_of(seen, forecast.point),
        made_at=moment(forecast.made_at_ns),
        age_s=seen.age_s(forecast.made_at_ns),
        start=moment(forecast.start_ns),
        step_s=forecast.step_s,
        quantiles=forecast.quantiles,
        values=tuple(tuple(map(number, row)) for row in forecast.values),
        model=forecast.model,
        rung=forecast.rung,
    )


@router.get("", response_model=ShownForecasts, responses=READS)
async def forecasts(request: Request, seen: ThisSite, limit: Limit = USUAL, cursor: Cursor = "") -> Response:
    """List the newest forecast of every point that has one."""
    page = cut(seen.shot.forecasts, lambda one: (one.point,), limit=limit, cursor=cursor)
    listed = ShownForecasts(items=tuple(shown(one, seen) for one in page.nouns), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{point:path}", response_model=ShownForecast, responses=READS)
async def forecast(request: Request, seen: ThisSite, point: ForecastPoint) -> Response:
    """Tell the newest forecast of one point."""
    found = next((one for one in seen.shot.forecasts if one.point == point), None)
    if found is None:
        raise HTTPException(404, f"{seen.view.site} has no forecast of {point}")
    return answered(request, shown(found, seen), seen.headers)

"""The demand that feeders' forecasts add up to: median and 90 % quantile for each interval ahead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from edge.demand_response.ordered import ordered_sum
from kernel.forecast import Forecast
from kernel.ladder import Level
from kernel.point import NANOSECONDS

RUNGS: Final = tuple(level.word for level in (Level.MODEL, Level.PREVIOUS_MODEL, Level.BASELINE))
"""Rungs a usable forecast may stand on, best first."""
LEAST_S: Final = 6 * 3600.0
"""A forecast that reaches less far ahead is not planned by, seconds."""


class ExpectedDemand(msgspec.Struct, frozen=True, kw_only=True):
    """Demand without the battery, for N intervals from the running one on."""

    start_ns: int
    step_s: float
    median_kw: tuple[float, ...]
    high_kw: tuple[float, ...]
    """90 % quantile."""
    made_at_ns: int
    """When the oldest of the forecasts was made."""
    rung: str
    """The worst rung among them."""


class NoForecast(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing can be planned by."""

    why: str


def expected_demand(
    forecasts: Mapping[str, Forecast],
    points: Sequence[str],
    *,
    now_ns: int,
    max_age_s: float,
    loss_share: float,
    correlation: float,
    naive_spread: float,
) -> ExpectedDemand | NoForecast:
    """Add the feeders' forecasts.

    Medians add. The distances from median to 90 % add as standard deviations with one correlation r do:
    sqrt((1 - r) sum d^2 + r (sum d)^2). Losses are a share of the sum.

    Args:
        forecasts: newest forecast by point; all on the same intervals.
        points: points to add.
        now_ns: the present.
        max_age_s: oldest forecast that is used, seconds.
        loss_share: losses, share of the sum, 1.
        correlation: r, 0 to 1.
        naive_spread: distance of the 90 % quantile where a forecast has only a median, share of it, 1.
    """
    chosen = [forecasts.get(point) for point in points]
    used = [forecast for forecast in chosen if forecast is not None]
    if len(used) < len(points) or not used:
        missing = [point for point in points if point not in forecasts]
        return NoForecast(why=f"no forecast for {', '.join(missing) or 'any feeder'}")
    unusable = _unusable(used, now_ns=now_ns, max_age_s=max_age_s)
    if unusable:
        return NoForecast(why=unusable)
    first, step_ns = used[0], round(used[0].step_s * NANOSECONDS)
    start_ns = first.start_ns + (now_ns - first.start_ns) // step_ns * step_ns
    rows = [_ahead(forecast, start_ns, step_ns, naive_spread) for forecast in used]
    steps = list(zip(*rows, strict=False))
    scale = 1.0 + loss_share
    return ExpectedDemand(
        start_ns=start_ns,
        step_s=first.step_s,
        median_kw=tuple(scale * ordered_sum(median for median, _ in step) for step in steps),
        high_kw=tuple(
            scale * _high([m for m, _ in step], [h for _, h in step], correlation) for step in steps
        ),
        made_at_ns=min(forecast.made_at_ns for forecast in used),
        rung=max((forecast.rung for forecast in used), key=RUNGS.index),
    )


def _unusable(used: Sequence[Forecast], *, now_ns: int, max_age_s: float) -> str:
    """Say why forecasts cannot be used; empty where they can."""
    for forecast in used:
        age_s = (now_ns - forecast.made_at_ns) / NANOSECONDS
        if age_s > max_age_s:
            return f"forecast of {forecast.point} is {age_s / 60.0:.0f} min old"
        if forecast.rung not in RUNGS:
            return f"forecast of {forecast.point} stands on {forecast.rung}"
        if (forecast.end_ns - now_ns) / NANOSECONDS < LEAST_S or forecast.start_ns > now_ns:
            return f"forecast of {forecast.point} does not cover the next {LEAST_S / 3600.0:.0f} h"
        if forecast.step_s != used[0].step_s or 0.5 not in forecast.quantiles:
            return f"forecast of {forecast.point} has other intervals or lacks the median"
    return ""


def _ahead(forecast: Forecast, start_ns: int, step_ns: int, naive_spread: float) -> list[tuple[float, float]]:
    """Median and 90 % quantile from an interval on; one without quantiles gets a usual spread."""
    skipped = (start_ns - forecast.start_ns) // step_ns
    median = forecast.quantile(0.5)
    if 0.9 in forecast.quantiles:
        high = forecast.quantile(0.9)
    else:
        high = tuple(kw + naive_spread * abs(kw) for kw in median)
    return list(zip(median, high, strict=True))[skipped:]


def _high(medians: Sequence[float], highs: Sequence[float], correlation: float) -> float:
    spreads = [high - median for median, high in zip(medians, highs, strict=True)]
    squares = ordered_sum(spread * spread for spread in spreads)
    together = ordered_sum(spreads)
    return ordered_sum(medians) + math.sqrt((1.0 - correlation) * squares + correlation * together**2)

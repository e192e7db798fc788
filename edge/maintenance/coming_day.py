"""The next 24 hours of a transformer in quarters of an hour: from forecasts, from the last day, or flat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from edge.maintenance.history import KEPT, STEP_S, History
from kernel.forecast import Forecast
from kernel.point import NANOSECONDS

_STEP_NS: Final = int(STEP_S) * NANOSECONDS


class ComingDay(msgspec.Struct, frozen=True, kw_only=True):
    """Load and ambient of 96 quarters from `start_ns` on."""

    start_ns: int
    load_pu: tuple[float, ...]
    ambient_c: tuple[float, ...]
    source: str
    """`forecast`, `last day` or `flat`: what the load comes from."""


def coming_day(
    now_ns: int,
    history: History,
    *,
    load_pu: float,
    ambient_c: float,
    kw_per_pu: float,
    feeders: Mapping[str, float | None],
    forecasts: Mapping[str, Forecast],
) -> ComingDay:
    """Put together what is known of the next day.

    Args:
        now_ns: the moment it is made.
        history: the last day.
        load_pu: load now, for quarters of which nothing else is known.
        ambient_c: ambient now, likewise.
        kw_per_pu: active power at rated current, kW.
        feeders: active power now by point for the feeders behind the transformer, kW; None for a hole.
        forecasts: newest forecasts by point.
    """
    start_ns = now_ns - now_ns % _STEP_NS
    times = [start_ns + step * _STEP_NS for step in range(KEPT)]
    ambient = _as_yesterday(times, {q.start_ns: q.ambient_c for q in history.quarters}, ambient_c)
    forecast = _forecast(times, feeders, forecasts)
    if forecast is not None:
        load, source = [kw / kw_per_pu for kw in forecast], "forecast"
    else:
        past = {q.start_ns: q.load_pu for q in history.quarters}
        load = _as_yesterday(times, past, load_pu)
        known = sum(past.get(time - KEPT * _STEP_NS) is not None for time in times)
        source = "last day" if known > KEPT // 2 else "flat"
    return ComingDay(start_ns=start_ns, load_pu=tuple(load), ambient_c=tuple(ambient), source=source)


def _as_yesterday(times: Sequence[int], past: Mapping[int, float | None], now: float) -> list[float]:
    """Repeat the last day; a quarter of which nothing is known is as now."""
    values = (past.get(time - KEPT * _STEP_NS) for time in times)
    return [now if value is None else value for value in values]


def _forecast(
    times: Sequence[int], feeders: Mapping[str, float | None], forecasts: Mapping[str, Forecast]
) -> list[float] | None:
    """Add the medians of all feeders; one that nobody forecasts, such as a spare bay, stays as now.

    None where no feeder is forecast for most of the day, or one is neither forecast nor measured.
    """
    rows: list[list[float]] = []
    forecast = 0
    for feeder, now_kw in feeders.items():
        row = _median_at(times, forecasts.get(feeder))
        forecast += row is not None
        if row is None and now_kw is None:
            return None
        rows.append([now_kw or 0.0] * len(times) if row is None else row)
    return [max(0.0, sum(column)) for column in zip(*rows, strict=True)] if forecast else None


def _median_at(times: Sequence[int], forecast: Forecast | None) -> list[float] | None:
    if forecast is None or 0.5 not in forecast.quantiles or not forecast.values:
        return None
    median, step_ns = forecast.quantile(0.5), round(forecast.step_s * NANOSECONDS)
    leads = [(time - forecast.start_ns) // step_ns for time in times]
    if sum(0 <= lead < len(median) for lead in leads) < 3 * KEPT // 4:
        return None
    return [median[min(len(median) - 1, max(0, lead))] for lead in leads]

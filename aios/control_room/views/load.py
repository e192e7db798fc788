"""The load pane: measured, forecast and planned power at the point with the demand limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from aios.control_room.figures import quantity
from aios.control_room.sight import Place
from aios.control_room.svg.load_chart import Load, Track, load_chart
from aios.control_room.times import HOUR, duration, seconds_between, to_ms
from kernel.forecast import Forecast
from kernel.plan import Plan
from kernel.point import NANOSECONDS
from kernel.shell.wire import Series, Snapshot

PAST_H: Final = 14
AHEAD_H: Final = 10
KW_IN_MW: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPane:
    """The chart and what stands over it."""

    title: str
    unit: str
    chart: Markup
    model: str
    made_ms: int | None
    """When the forecast was made, milliseconds since 1970 UTC; None without a forecast."""
    made_age: str
    plan: str
    plan_ms: int
    plan_age: str


def load_pane(snapshot: Snapshot, place: Place) -> LoadPane:
    """Word and draw the load at the demand point, or at the first point that is forecast."""
    point = snapshot.demand_point or next((f.point for f in snapshot.forecasts), "")
    forecast = next((f for f in snapshot.forecasts if f.point == point), None)
    plan = _plan(snapshot, place, point)
    load = _load(snapshot, place, point, forecast, plan)
    return LoadPane(
        title=place.title(point.partition("/")[0]) or "Load",
        unit=load.unit,
        chart=load_chart(load),
        model="" if forecast is None else _made_by(forecast),
        made_ms=None if forecast is None else to_ms(forecast.made_at_ns),
        made_age="" if forecast is None else duration(seconds_between(forecast.made_at_ns, snapshot.now_ns)),
        plan="" if plan is None else f"plan by {plan.maker}",
        plan_ms=0 if plan is None else to_ms(plan.made_at_ns),
        plan_age="" if plan is None else duration(seconds_between(plan.made_at_ns, snapshot.now_ns)),
    )


def _made_by(forecast: Forecast) -> str:
    return forecast.model if forecast.rung == "model" else f"{forecast.model} on {forecast.rung}, not model"


def _plan(snapshot: Snapshot, place: Place, point: str) -> Plan | None:
    """The valid plan that changes the load: one for the point itself, else one for a battery."""
    batteries = {asset.name for asset in place.assets if asset.kind == "battery"}
    valid = [plan for plan in snapshot.plans if plan.valid_until_ns >= snapshot.now_ns]
    own = [plan for plan in valid if plan.point == point]
    sources = [plan for plan in valid if plan.point.partition("/")[0] in batteries]
    return max([*own] or sources, key=lambda plan: plan.made_at_ns, default=None)


def _load(snapshot: Snapshot, place: Place, point: str, forecast: Forecast | None, plan: Plan | None) -> Load:
    series = next((s for s in snapshot.series if s.point == point), None)
    factor, unit = _factor(snapshot, series, forecast)
    hour = HOUR * NANOSECONDS
    begin_ns = snapshot.now_ns // hour * hour - PAST_H * hour
    low, median, high = _quantiles(forecast, factor)
    limit = snapshot.demand_limit_kw if point == snapshot.demand_point else None
    effect = None if plan is None else _effect(plan, point, forecast, factor)
    return Load(
        name=place.title(point.partition("/")[0]),
        unit=unit,
        now_ns=snapshot.now_ns,
        begin_ns=begin_ns,
        end_ns=begin_ns + (PAST_H + AHEAD_H) * hour,
        zone=place.zone,
        measured=None if series is None else _track(series, factor),
        low=low,
        median=median,
        high=high,
        plan=effect,
        plan_label="" if plan is None or effect is None else _plan_label(plan, point),
        limit=None if limit is None else limit / factor,
    )


def _factor(snapshot: Snapshot, series: Series | None, forecast: Forecast | None) -> tuple[float, str]:
    """How many units of the point make one of the chart, and that unit."""
    values = [abs(v) for v in (series.values if series else ()) if v is not None]
    values += [abs(v) for row in (forecast.values if forecast else ()) for v in row]
    unit = series.unit if series else "kW"
    if unit == "kW" and max([*values, snapshot.demand_limit_kw or 0.0]) >= KW_IN_MW:
        return KW_IN_MW, "MW"
    return 1.0, unit


def _track(series: Series, factor: float) -> Track:
    values = tuple(None if value is None else value / factor for value in series.values)
    return Track(start_ns=series.start_ns, step_s=series.step_s, values=values)


def _quantiles(forecast: Forecast | None, factor: float) -> tuple[Track | None, Track | None, Track | None]:
    if forecast is None or not forecast.quantiles:
        return None, None, None
    low, median, high = (_nearest(forecast, level, factor) for level in (0.1, 0.5, 0.9))
    return low, median, high


def _nearest(forecast: Forecast, level: float, factor: float) -> Track | None:
    """One quantile as a track; None where the forecast does not carry that level."""
    if level not in forecast.quantiles:
        return None
    values = tuple(value / factor for value in forecast.quantile(level))
    return Track(start_ns=forecast.start_ns, step_s=forecast.step_s, values=values)


def _effect(plan: Plan, point: str, forecast: Forecast | None, factor: float) -> Track | None:
    """The load under the plan: the plan itself, or the median less what the battery injects."""
    if plan.point == point:
        values = tuple(value / factor for value in plan.values)
        return Track(start_ns=plan.start_ns, step_s=plan.step_s, values=values)
    if forecast is None or 0.5 not in forecast.quantiles:
        return None
    step = round(forecast.step_s * NANOSECONDS)
    left: list[float | None] = []
    for lead, median in enumerate(forecast.quantile(0.5)):
        injected = _injected(plan, forecast.start_ns + step * lead)
        left.append(None if injected is None else (median - injected) / factor)
    return Track(start_ns=forecast.start_ns, step_s=forecast.step_s, values=tuple(left))


def _injected(plan: Plan, at_ns: int) -> float | None:
    """Planned injection at a moment, kW; None beyond the plan's last interval."""
    step = (at_ns - plan.start_ns) // round(plan.step_s * NANOSECONDS)
    return plan.values[step] if 0 <= step < len(plan.values) else None


def _plan_label(plan: Plan, point: str) -> str:
    """Say what the plan does to the load: its greatest relief, else its greatest charge."""
    if plan.point == point:
        return f"plan by {plan.maker}"
    relief, charge = max(plan.values, default=0.0), -min(plan.values, default=0.0)
    by = f"by {plan.point.partition('/')[0]}"
    if max(relief, charge) < 1.0:
        return f"plan: no change {by}"
    return (
        f"plan: {quantity(-relief, 'kW')} {by}" if relief >= 1.0 else f"plan: +{quantity(charge, 'kW')} {by}"
    )

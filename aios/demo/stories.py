"""Stories: what happens in the demo's day, told once each as it shows in the gateway's snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aios.cli.out import moment
from kernel.forecast import Forecast
from kernel.shell.wire import CommandState, Notice, Snapshot

_NS = 1_000_000_000
EVENING_H = 15
"""Hour of the day from which the evening peak is announced."""
EVENING_ENDS_H = 21
NOT_RUNNING = "switched on but not running"
"""Words of an order whose evidence is the current of the fans."""
GROWN = 1.5
"""How much of its first size a residual must have reached for the order to be told of again."""
EARNEST_KW = 500.0
"""Smallest discharge that counts as shaving a peak."""


class Stories:
    """Looks at snapshot after snapshot and tells what is new."""

    def __init__(self, time_zone: str) -> None:
        """Tell times as people of the site read them."""
        self._zone = time_zone
        self._told: set[str] = set()
        self._lost: dict[str, Notice] = {}
        self._first_k: dict[str, float] = {}
        """By asset the residual of the top oil when its fans were found still."""

    @property
    def told(self) -> frozenset[str]:
        """Names of the stories told so far."""
        return frozenset(self._told)

    def listen(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield what a snapshot adds, one line each."""
        clock = moment(snapshot.now_ns, self._zone)[11:16]
        for line in (
            *self._drift(snapshot),
            *self._peak(snapshot),
            *self._alarms(snapshot),
            *self._refusal(snapshot),
            *self._silence(snapshot),
            *self._fans(snapshot),
        ):
            yield f"{clock}  {line}"

    def _once(self, name: str) -> bool:
        """Tell whether a story is new, and remember it."""
        if name in self._told:
            return False
        self._told.add(name)
        return True

    def _peak(self, snapshot: Snapshot) -> Iterator[str]:
        limit, point = snapshot.demand_limit_kw, snapshot.demand_point
        forecast = next((f for f in snapshot.forecasts if f.point == point), None)
        if limit is None or forecast is None:
            return
        hour = int(moment(snapshot.now_ns, self._zone)[11:13])
        if hour >= EVENING_H and "peak forecast" not in self._told:
            top = highest(forecast, until_ns=_midnight_ns(snapshot.now_ns, self._zone))
            if top.high_kw > limit and self._once("peak forecast"):
                when = moment(top.at_ns, self._zone)[11:16]
                yield (
                    f"forecast: evening peak of {top.median_kw:,.0f} kW at {when} "
                    f"(80 % interval {top.low_kw:,.0f} to {top.high_kw:,.0f} kW), limit {limit:,.0f} kW"
                )
        shaving = discharging(snapshot)
        if "peak forecast" in self._told and shaving is not None and self._once("shaving"):
            yield f"shaving: battery set to {shaving.value:,.0f} kW; {shaving.reason}"
        if "shaving" in self._told and hour >= EVENING_ENDS_H and self._once("peak shaved"):
            highest_kw = _highest_since(snapshot, self._zone)
            yield f"shaved: highest quarter-hour since {EVENING_H}:00 was {highest_kw}, limit {limit:,.0f} kW"

    def _alarms(self, snapshot: Snapshot) -> Iterator[str]:
        """Tell of each condition once, when its first alarm comes: where else it holds, the page says."""
        for alarm in snapshot.alarms:
            if alarm.active and self._once(f"alarm {alarm.condition}"):
                self._told.add("alarm")
                yield f"alarm: {alarm.text} ({alarm.condition}, priority {alarm.priority})"

    def _refusal(self, snapshot: Snapshot) -> Iterator[str]:
        for command in snapshot.commands:
            if (
                command.outcome == "denied"
                and "close" in command.point
                and self._once(f"refused {command.id}")
            ):
                self._told.add("refused")
                who = f"{command.point} asked by {command.asked_by}"
                yield f"refused: {who}; rule {command.rule}: {command.reason}"

    def _drift(self, snapshot: Snapshot) -> Iterator[str]:
        """Tell of a series that has left its forecast: who steps down, and when the model is back."""
        for rung in snapshot.rungs:
            if rung.condition == "drift" and self._once(f"drift {rung.agent}"):
                self._told.add("drift")
                lowered = [f for f in snapshot.forecasts if f.rung == rung.rung]
                by = ", ".join(f"{f.point} by {f.model}" for f in lowered)
                yield f"drift: {rung.agent} steps down to '{rung.rung}': {rung.why}{'; now ' * bool(by)}{by}"
            if (
                rung.rung == "model"
                and f"drift {rung.agent}" in self._told
                and self._once(f"back {rung.agent}")
            ):
                self._told.add("model back")
                yield f"model back: {rung.agent} stands on 'model' again: no drift was found for its time"

    def _silence(self, snapshot: Snapshot) -> Iterator[str]:
        active = {n.id: n for n in snapshot.notices if n.active and n.id.startswith("device:")}
        for name, notice in active.items():
            if name not in self._lost:
                self._lost[name] = notice
                self._told.add("silent")
                yield f"silent: {notice.text}; its values are marked old and no command is built on them"
        for rung in snapshot.rungs:
            if self._lost and rung.rung in {"hold", "safe"} and self._once(f"rung {rung.agent} {rung.rung}"):
                yield f"fallback: {rung.agent} steps down to '{rung.rung}': {rung.why}"
        for name in [name for name in self._lost if name not in active]:
            del self._lost[name]
            self._told.add("returned")
            rungs = ", ".join(f"{rung.agent} on {rung.rung}" for rung in snapshot.rungs)
            yield f"returned: {name.removeprefix('device:')} answers again; {rungs}"

    def _fans(self, snapshot: Snapshot) -> Iterator[str]:
        """Tell of cooling that is switched on and does not run, and again when the evidence has grown."""
        for order in snapshot.orders:
            if NOT_RUNNING not in order.title:
                continue
            evidence = {finding.name: finding for finding in order.evidence}
            residual_k = evidence["top_oil_residual"].value
            waiting = f"a day of waiting costs {order.cost_per_day.median:.3f} {snapshot.currency}"
            if self._once(f"fans {order.asset}"):
                self._told.add("fans")
                self._first_k[order.asset] = residual_k
                said = "; ".join(finding.text for finding in order.evidence[:2])
                place = f"{order.asset} rises to place {order.rank}"
                yield f"fans: an order for {place}: cooling {NOT_RUNNING}. {said}; {waiting}"
            first_k = self._first_k[order.asset]
            if residual_k > GROWN * first_k and self._once(f"grown {order.asset}"):
                self._told.add("order rises")
                yield (
                    f"order rises: {order.asset} is {residual_k:.1f} K above its model, not {first_k:.1f}; "
                    f"sure {order.confidence} of 3; {waiting}"
                )


class Peak(NamedTuple):
    """The highest interval of a forecast."""

    at_ns: int
    median_kw: float
    low_kw: float
    high_kw: float


def highest(forecast: Forecast, *, until_ns: int) -> Peak:
    """Return the interval with the highest median among those that begin before `until_ns`."""
    step_ns = round(forecast.step_s) * _NS
    median = forecast.quantile(0.5)
    count = max(1, min(len(median), (until_ns - forecast.start_ns) // step_ns))
    lead = max(range(count), key=median.__getitem__)
    row = forecast.values[lead]
    return Peak(forecast.start_ns + lead * step_ns, median[lead], row[0], row[-1])


def discharging(snapshot: Snapshot) -> CommandState | None:
    """Return the newest command that set the battery to discharge in earnest."""
    commands = (c for c in snapshot.commands if c.outcome == "done" and not c.renewal)
    return next((c for c in commands if c.point.endswith("power_setpoint") and c.value >= EARNEST_KW), None)


def _midnight_ns(now_ns: int, time_zone: str) -> int:
    """Return the end of the local day of a moment."""
    today = datetime.fromtimestamp(now_ns / 1e9, tz=ZoneInfo(time_zone))
    tomorrow = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(tomorrow.timestamp()) * _NS


def _highest_since(snapshot: Snapshot, time_zone: str) -> str:
    series = next((s for s in snapshot.series if s.point == snapshot.demand_point), None)
    if series is None:
        return "not measured"
    today = moment(snapshot.now_ns, time_zone)[:10]
    values = []
    for place, value in enumerate(series.values):
        at = moment(series.start_ns + round(series.step_s * place) * _NS, time_zone)
        if value is not None and at[:10] == today and int(at[11:13]) >= EVENING_H:
            values.append(value)
    return f"{max(values):,.0f} kW" if values else "not measured"

"""Stories: what happens in the demo's day, told once each as it shows in the gateway's snapshots."""

from __future__ import annotations

from collections.abc import Iterator

from aios.cli.out import moment
from kernel.forecast import Forecast
from kernel.wire import CommandState, Notice, Snapshot

_NS = 1_000_000_000
EVENING_H = 15
"""Hour of the day at which the evening peak is announced."""


class Stories:
    """Looks at snapshot after snapshot and tells what is new."""

    def __init__(self, time_zone: str) -> None:
        """Tell times as people of the site read them."""
        self._zone = time_zone
        self._told: set[str] = set()
        self._lost: dict[str, Notice] = {}

    @property
    def told(self) -> frozenset[str]:
        """Names of the stories told so far."""
        return frozenset(self._told)

    def listen(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield what a snapshot adds, one line each."""
        clock = moment(snapshot.now_ns, self._zone)[11:16]
        for line in (*self._peak(snapshot), *self._refusal(snapshot), *self._silence(snapshot)):
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
        top = highest(forecast)
        if hour >= EVENING_H and top[1] > limit and self._once("peak forecast"):
            when = moment(top[0], self._zone)[11:16]
            yield (
                f"forecast: evening peak of {top[1]:,.0f} kW at {when} (80 % interval {top[2]:,.0f} to "
                f"{top[3]:,.0f} kW), limit {limit:,.0f} kW"
            )
        shaving = discharging(snapshot)
        if "peak forecast" in self._told and shaving is not None and self._once("shaving"):
            yield f"shaving: battery set to {shaving.value:,.0f} kW; {shaving.reason}"
        if "shaving" in self._told and hour >= 21 and self._once("peak shaved"):
            highest_kw = _highest_since(snapshot, self._zone)
            yield f"shaved: highest quarter-hour since {EVENING_H}:00 was {highest_kw}"

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


def highest(forecast: Forecast) -> tuple[int, float, float, float]:
    """Return begin (ns), median and 80 % interval (kW) of the highest interval of a forecast."""
    median = forecast.quantile(0.5)
    lead = max(range(len(median)), key=median.__getitem__)
    row = forecast.values[lead]
    return forecast.start_ns + round(forecast.step_s * lead) * _NS, median[lead], row[0], row[-1]


def discharging(snapshot: Snapshot) -> CommandState | None:
    """Return the newest command that set the battery to discharge."""
    commands = (c for c in snapshot.commands if c.outcome == "done" and not c.renewal)
    return next((c for c in commands if c.point.endswith("active_power_setpoint") and c.value > 0), None)


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

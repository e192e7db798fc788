"""Three pieces of evidence for a dispatcher: what departs, what a second witness says, where it leads."""

from __future__ import annotations

import msgspec

from edge.maintenance.cost_of_waiting import DailyCost
from edge.maintenance.diagnosis import Witnesses
from edge.maintenance.history import STEP_S, Quarter
from edge.maintenance.observer import Observed
from edge.maintenance.unit import Unit
from kernel.finding import Finding
from kernel.quality import QUESTIONABLE

HOUR: int = 4
"""Quarters in a point of a trend."""


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding quotes besides the observer: newest values with time and quality."""

    now_ns: int
    fan_current_a: float | None = None
    fan_at_ns: int = 0
    fan_quality: int = 0
    fans_on: bool | None = None
    winding_at_ns: int = 0
    winding_quality: int = 0
    top_oil_quality: int = 0


def hourly(quarters: tuple[Quarter, ...], column: str) -> tuple[float, ...]:
    """Return means over four quarters each, oldest first; an hour without any value is left out."""
    values = [getattr(quarter, column) for quarter in quarters]
    hours = (values[start : start + HOUR] for start in range(len(values) % HOUR, len(values), HOUR))
    known = ([value for value in hour if value is not None] for hour in hours)
    return tuple(sum(hour) / len(hour) for hour in known if hour)


def top_oil_finding(
    unit: Unit, seen: Observed, *, limit_k: float, quality: int, quarters: tuple[Quarter, ...]
) -> Finding:
    """Say how far the top oil departs from the model."""
    residual = seen.residual_k or 0.0
    side = "above" if residual >= 0.0 else "below"
    return Finding(
        asset=unit.asset,
        name="top_oil_residual",
        text=f"Top-oil {abs(residual):.1f} K {side} model at {100 * seen.load_pu:.0f} % load; "
        f"sensor and model explain up to {limit_k:.1f} K",
        value=residual,
        unit="K",
        limit=limit_k,
        at_ns=seen.residual_at_ns,
        quality=quality,
        trend=hourly(quarters, "residual_k"),
        trend_step_s=HOUR * STEP_S,
    )


def witness_finding(
    unit: Unit, seen: Observed, votes: Witnesses, readings: Readings, quarters: tuple[Quarter, ...]
) -> Finding:
    """Say what the strongest second witness says: the fans, else the winding."""
    if readings.fan_current_a is not None and (votes.fans or seen.gradient_residual_k is None):
        return _fans(unit, votes, readings, readings.fan_current_a, quarters)
    gradient = seen.gradient_residual_k
    if gradient is None:
        text, quality = "Winding temperature is not there to compare with", QUESTIONABLE
    elif votes.winding == 0:
        text, quality = "Winding cannot tell heat from a drifting sensor", readings.winding_quality
    elif votes.winding > 0:
        text, quality = "Winding is as warm as the top oil says: the heat is real", readings.winding_quality
    else:
        text, quality = (
            "Winding does not follow the top oil: the sensor is in doubt",
            readings.winding_quality,
        )
    return Finding(
        asset=unit.asset,
        name="winding_over_top_oil",
        text=f"{text} ({gradient or 0.0:+.1f} K from the model's gradient)",
        value=gradient or 0.0,
        unit="K",
        limit=0.5 * abs(seen.residual_k or 0.0),
        at_ns=readings.winding_at_ns or readings.now_ns,
        quality=quality,
    )


def _fans(
    unit: Unit, votes: Witnesses, readings: Readings, amperes: float, quarters: tuple[Quarter, ...]
) -> Finding:
    state = {True: "switched on", False: "switched off", None: "in unknown state"}[readings.fans_on]
    expected = "" if unit.fan_current_a is None else f"; {unit.fan_current_a:.1f} A expected when running"
    off_again = readings.fans_on is False and votes.fans > 0
    if off_again:
        expected = "; they stood still when they were last switched on"
    return Finding(
        asset=unit.asset,
        name="fan_current",
        text=f"Fans {state} draw {amperes:.1f} A{expected}",
        value=amperes,
        unit="A",
        limit=None if unit.fan_current_a is None or off_again else 0.5 * unit.fan_current_a,
        at_ns=readings.fan_at_ns,
        quality=readings.fan_quality,
        trend=hourly(quarters, "fan_current_a"),
        trend_step_s=HOUR * STEP_S,
    )


def peak_finding(unit: Unit, now_ns: int, sick: DailyCost, well: DailyCost) -> Finding:
    """Say where the coming day's peak leads, with and without the fault."""
    behind = f"; {unit.customers} customers behind it" if unit.customers else ""
    return Finding(
        asset=unit.asset,
        name="hot_spot_at_peak",
        text=f"Hot-spot {sick.peak_hot_spot_c:.0f} degC at the coming peak, {well.peak_hot_spot_c:.0f} with "
        f"a healthy cooler; the day ages the paper {sick.ageing_h:.2g} h, else {well.ageing_h:.2g} h{behind}",
        value=sick.peak_hot_spot_c,
        unit="degC",
        limit=unit.limit.hot_spot_c,
        at_ns=now_ns,
    )

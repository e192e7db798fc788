"""Forecast, plan and past load of nord."""

from __future__ import annotations

from kernel.forecast import Forecast
from kernel.plan import Plan
from kernel.shell.wire import Series
from tests.fakes.nord import HOUR, MIDNIGHT, MIN, NOW, S, load_kw


def forecasts() -> tuple[Forecast, ...]:
    """The load of the coming twelve hours."""
    start = NOW // (15 * MIN) * 15 * MIN
    rows = []
    for lead in range(48):
        middle = load_kw(start + lead * 15 * MIN + 450 * S)
        spread = 250 + 40 * lead**0.9
        rows.append((middle - spread, middle, middle + spread * 1.1))
    return (
        Forecast(
            point="grid/active_power",
            made_at_ns=NOW - 4 * MIN,
            start_ns=start,
            step_s=900.0,
            quantiles=(0.1, 0.5, 0.9),
            values=tuple(rows),
            model="online-quantile 0.1.0",
        ),
    )


def plans() -> tuple[Plan, ...]:
    """The battery cuts what lies over the limit."""
    start = NOW // (15 * MIN) * 15 * MIN
    values = tuple(max(0.0, load_kw(start + k * 15 * MIN + 450 * S) - 27_000.0) for k in range(48))
    return (
        Plan(
            point="bat1/active_power_setpoint",
            made_at_ns=NOW - 3 * MIN,
            start_ns=start,
            step_s=900.0,
            values=values,
            valid_until_ns=NOW + 12 * HOUR,
            maker="peak_shaving",
            why="forecast exceeds the demand limit",
        ),
    )


def series() -> tuple[Series, ...]:
    """Fifteen-minute means of the day so far, with a hole."""
    count = (NOW - MIDNIGHT) // (15 * MIN)
    means = tuple(None if k in (20, 21) else load_kw(MIDNIGHT + k * 15 * MIN + 450 * S) for k in range(count))
    return (Series(point="grid/active_power", unit="kW", start_ns=MIDNIGHT, step_s=900.0, values=means),)

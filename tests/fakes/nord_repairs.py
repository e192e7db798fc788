"""Repair orders of nord, with evidence."""

from __future__ import annotations

import math

from kernel.finding import Finding
from kernel.repair import CostOfWaiting, RepairOrder, ranked
from tests.fakes.nord import MIN, NOW, S


def finding(
    name: str, text: str, value: float, unit: str, limit: float | None, trend: tuple[float, ...]
) -> Finding:
    """One piece of evidence about t1."""
    return Finding(
        asset="t1",
        name=name,
        text=text,
        value=value,
        unit=unit,
        limit=limit,
        at_ns=NOW - 2 * S,
        trend=trend,
        trend_step_s=9 * 86400 / max(len(trend) - 1, 1),
    )


def cost(days: float, median: float) -> CostOfWaiting:
    """A cost with an interval around it."""
    return CostOfWaiting(days=days, median=median, low=median * 0.7, high=median * 1.36)


def order(
    asset: str, name: str, title: str, *, per_day: float, decide_in_s: float, confidence: int = 3
) -> RepairOrder:
    """A repair order."""
    rising = tuple(2 + 9.4 * (k / 39) ** 1.4 + 0.5 * math.sin(k * 2.1) for k in range(40))
    stepped = tuple((4.1 if k < 26 else 1.9) + 0.12 * math.sin(k * 1.7) for k in range(40))
    return RepairOrder(
        id=f"{asset}/{name}",
        asset=asset,
        title=title,
        work="Inspect fans and oil pump of cooling group 2; replace the pump if it does not turn",
        made_at_ns=NOW - 4 * MIN,
        decide_by_ns=NOW + round(decide_in_s) * S,
        cost_per_day=cost(1, per_day),
        if_you_wait=(cost(1, per_day), cost(7, per_day * 8.1), cost(30, per_day * 67)),
        confidence=confidence,
        evidence=(
            finding("top_oil_residual", "measured above modelled top-oil", 11.4, "K", 5.0, rising),
            finding("fan_current", "fan current, was 4.1 A", 1.9, "A", None, stepped),
            finding("ageing_rate", "normal ageing over the last 24 h", 2.6, "1", 1.0, rising),
        ),
        what_would_change=(
            "Load below 61 % until the repair: drops to place 3",
            "A fan-current reading by hand would halve the doubt",
        ),
        feasible=("No outage needed", "N-1 holds: highest 91 %, T2 at 19:00"),
        model="transformer-health 0.1.0",
    )


def orders() -> tuple[RepairOrder, ...]:
    """Open orders, ranked."""
    return ranked(
        (
            order(
                "t1",
                "cooling",
                "Cooling group 2 not moving oil; top-oil 11.4 K above model at 78 % load",
                per_day=910,
                decide_in_s=12_360,
            ),
            order(
                "t2",
                "cooling",
                "Top-oil drifts 2.2 K above model, slowly rising",
                per_day=140,
                decide_in_s=9 * 86_400,
                confidence=2,
            ),
            order(
                "cb12",
                "wear",
                "Contact wear 84 % by summed breaking current",
                per_day=520,
                decide_in_s=39 * 3600,
            ),
            order(
                "f11",
                "faults",
                "Two earth-fault trips in 9 days; wind, not load",
                per_day=95,
                decide_in_s=21 * 86_400,
                confidence=1,
            ),
        )
    )

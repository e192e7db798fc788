"""From what is needed and what is planned to one set-point that does not flutter."""

from __future__ import annotations

import math

import msgspec


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A set-point with its reason; discharge is positive."""

    kw: float
    reason: str


def kw(value: float) -> str:
    """Write a power in whole kW with a space at the thousands.

    >>> kw(17820.4)
    '17 820'
    """
    return f"{value:,.0f}".replace(",", " ")


def follow(needed_kw: float, planned_kw: float) -> float:
    """Join measurement and plan: discharge what the mean needs, charge as planned as far as there is room.

    A planned discharge that the measured mean does not need is kept in the battery.

    >>> follow(900.0, 0.0), follow(-3000.0, -1000.0), follow(-400.0, -1000.0), follow(-3000.0, 1000.0)
    (900.0, -1000.0, -400.0, 0.0)
    """
    if needed_kw > 0.0:
        return needed_kw
    return max(needed_kw, min(0.0, planned_kw))


def steady_wish(
    raw_kw: float, *, before_kw: float, deadband_kw: float, step_kw: float, low_kw: float, high_kw: float
) -> float:
    """Round away from the peak, and keep the set-point before while it is near enough.

    Discharge is rounded up and charging down in size, so that rounding never raises the demand. At rest a
    need inside the deadband starts nothing, and discharge ends only when the raw wish is 0.

    Args:
        raw_kw: wish before rounding, discharge positive.
        before_kw: set-point before.
        deadband_kw: distance within which the set-point before is kept.
        step_kw: multiple that set-points are rounded to.
        low_kw: lowest power the battery can take now.
        high_kw: highest power it can give now.

    >>> common = {"deadband_kw": 100.0, "step_kw": 50.0, "low_kw": -4000.0, "high_kw": 4000.0}
    >>> steady_wish(910.0, before_kw=0.0, **common), steady_wish(1010.0, before_kw=950.0, **common)
    (950.0, 950.0)
    """
    inside = min(high_kw, max(low_kw, raw_kw))
    kept = low_kw <= before_kw <= high_kw and abs(inside - before_kw) <= deadband_kw
    if kept and not (raw_kw == 0.0 and before_kw != 0.0):
        return before_kw
    rounded = math.ceil(inside / step_kw) * step_kw
    return 0.0 + min(high_kw, max(low_kw, rounded))

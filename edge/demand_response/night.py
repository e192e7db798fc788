"""Local hours of a day, for rules that know no forecast."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from kernel.point import NANOSECONDS


def in_hours(now_ns: int, zone: str, from_h: float, until_h: float) -> bool:
    """Tell whether a moment lies between two local hours; from 22 until 5 goes over midnight.

    >>> in_hours(0, "UTC", 22.0, 5.0), in_hours(6 * 3600 * NANOSECONDS, "UTC", 22.0, 5.0)
    (True, False)
    """
    local = datetime.fromtimestamp(now_ns / NANOSECONDS, tz=ZoneInfo(zone))
    hour = local.hour + local.minute / 60.0
    if from_h <= until_h:
        return from_h <= hour < until_h
    return hour >= from_h or hour < until_h

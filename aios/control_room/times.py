"""Times as a dispatcher reads them: ages, time left, clock times in the site's time zone."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from kernel.point import NANOSECONDS

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def duration(seconds: float) -> str:
    """Write a duration with at most two units; `static/ages.js` writes the same words.

    Args:
        seconds: length, seconds; a negative one counts as zero.

    >>> duration(4.2), duration(200), duration(12360), duration(140400), duration(9 * 86400)
    ('4 s', '3 min', '3 h 26 min', '1 d 15 h', '9 d')
    """
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        return _two(whole // HOUR, "h", whole % HOUR // MINUTE, "min")
    if whole < 7 * DAY:
        return _two(whole // DAY, "d", whole % DAY // HOUR, "h")
    return f"{whole // DAY} d"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def to_ms(at_ns: int) -> int:
    """Return a time in milliseconds: what a browser can count in without loss."""
    return at_ns // 1_000_000


def seconds_between(early_ns: int, late_ns: int) -> float:
    """Return how long after the first moment the second lies, seconds."""
    return (late_ns - early_ns) / NANOSECONDS


def at(at_ns: int, zone: tzinfo) -> datetime:
    """Return the local date and time of a moment."""
    return datetime.fromtimestamp(at_ns / NANOSECONDS, zone)


def clock(at_ns: int, zone: tzinfo) -> str:
    """Write the time of day.

    >>> from datetime import UTC
    >>> clock(1_700_000_047_000_000_000, UTC)
    '22:14:07'
    """
    return f"{at(at_ns, zone):%H:%M:%S}"


def moment(at_ns: int, now_ns: int, zone: tzinfo) -> str:
    """Write a moment as near as needed: time today, weekday within six days, else the date.

    >>> from datetime import UTC
    >>> now = 1_700_000_000_000_000_000
    >>> [moment(now + days * 86400 * 10**9, now, UTC) for days in (0, 1, 30)]
    ['22:13', 'Wed 22:13', '14 Dec 22:13']
    """
    then, now = at(at_ns, zone), at(now_ns, zone)
    if then.date() == now.date():
        return f"{then:%H:%M}"
    if abs((then.date() - now.date()).days) < 7:
        return f"{_DAYS[then.weekday()]} {then:%H:%M}"
    return f"{then.day} {then:%b %H:%M}"

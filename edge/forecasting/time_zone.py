"""The calendar of a time zone: when its wall clock changes, and how far it is from UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from edge.forecasting.calendar import Calendar

FIRST_YEAR: Final = 2010
LAST_YEAR: Final = 2045
_NS: Final = 1_000_000_000
_EPOCH: Final = date(1970, 1, 1)


def calendar_of(time_zone: str, holidays: Iterable[date] = ()) -> Calendar:
    """Return the wall-clock calendar of an IANA time zone, for 2010 to 2045.

    Args:
        time_zone: its name.
        holidays: days on which people live as on a Sunday.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.

    >>> calendar_of("Europe/Berlin").offset_s[:2]
    (3600, 7200)
    """
    zone = ZoneInfo(time_zone)
    day = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    offsets, changes = [_offset_s(zone, day)], []
    while day.year <= LAST_YEAR:
        tomorrow = day + timedelta(days=1)
        if _offset_s(zone, tomorrow) != offsets[-1]:
            moment = _change_between(zone, day, tomorrow)
            changes.append(round(moment.timestamp()) * _NS)
            offsets.append(_offset_s(zone, tomorrow))
        day = tomorrow
    return Calendar(
        changes_ns=np.array(changes, dtype=np.int64),
        offset_s=tuple(offsets),
        holidays=frozenset((day - _EPOCH).days for day in holidays),
    )


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Halve a day in which the offset changes, down to the quarter-hour."""
    while after - before > timedelta(minutes=15):
        middle = before + (after - before) / 2
        if _offset_s(zone, middle) == _offset_s(zone, before):
            before = middle
        else:
            after = middle
    return after.replace(minute=after.minute // 15 * 15, second=0, microsecond=0)


def _offset_s(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0

"""Moments of the rows of a CSV file: with an offset each, or in the zone that the header names.

    time [Europe/Berlin],...
    2024-01-01 00:00,...

A time with an offset (`2024-01-01T00:00:00Z`) needs no zone in the header.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_named(name: str | None, errors: list[str], *, line: int = 1) -> ZoneInfo | None:
    """Return the zone that a header names; where there is none such, that is added to the errors."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        errors.append(f"line {line}: there is no time zone {name}")
        return None


def row_times(rows: Sequence[tuple[int, str]], zone: ZoneInfo | None, errors: list[str]) -> list[datetime]:
    """Return the moments in UTC; of an hour that a clock shows twice, the first is summer time.

    Args:
        rows: number of the line and what stands in its first cell.
        zone: of times without an offset.
        errors: a line is added for each that is no moment, or not after the one before it.

    >>> wrong = []
    >>> row_times([(2, "2024-03-31 01:30"), (3, "2024-03-31 02:30")], ZoneInfo("Europe/Berlin"), wrong)
    [datetime.datetime(2024, 3, 31, 0, 30, tzinfo=datetime.timezone.utc)]
    >>> wrong
    ['line 3: 2024-03-31 02:30 does not exist in Europe/Berlin: the clock jumps over it']
    """
    times: list[datetime] = []
    for line, text in rows:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            moment = None
        if moment is None or (moment.tzinfo is None and zone is None):
            errors.append(f"line {line}: {text or 'an empty line'} is no time with a zone")
            continue
        utc = _utc(moment, zone, times[-1] if times else None)
        if utc is None:
            errors.append(f"line {line}: {text} does not exist in {zone}: the clock jumps over it")
        elif times and utc <= times[-1]:
            errors.append(f"line {line}: {text} is not after the line before it")
        else:
            times.append(utc)
    if len(times) < 2 and not errors:
        errors.append("there are fewer than two rows")
    return times


def _utc(moment: datetime, zone: ZoneInfo | None, before: datetime | None) -> datetime | None:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    local = moment.replace(tzinfo=zone)
    utc = local.astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != moment:
        return None
    if before is not None and utc <= before:
        return local.replace(fold=1).astimezone(UTC)
    return utc

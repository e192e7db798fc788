"""Local time for axes: plots know no time zones, so a run has the one offset of its begin."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from aios.studies.cell import Cell

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """The clock on the wall of a site, without summer time in the middle of a run."""

    zone: tzinfo
    name: str
    """For the axis, such as `UTC+01:00`."""

    @classmethod
    def at(cls, now_ns: int, zone_name: str, begins: str = "") -> LocalTime:
        """Return the clock that hangs at a site at a moment.

        Args:
            now_ns: the moment.
            zone_name: of the site's zone; empty where there is no site.
            begins: then the begin of the scenario as its file says it, with its offset; UTC without one.

        >>> LocalTime.at(1_481_670_000 * 10**9, "Europe/Berlin").name
        'UTC+01:00'
        >>> LocalTime.at(0, "", "2016-01-01T00:00:00+02:00").name
        'UTC+02:00'
        """
        if zone_name:
            offset = datetime.fromtimestamp(now_ns / _NS, ZoneInfo(zone_name)).utcoffset()
        else:
            offset = datetime.fromisoformat(begins).utcoffset() if begins else None
        offset = offset or timedelta()
        zone = timezone(offset)
        return cls(zone=zone, name=str(zone))

    def text(self, moment_ns: int) -> str:
        """Return a moment as axes want it.

        >>> LocalTime.at(0, "").text(90 * 10**9)
        '1970-01-01 00:01:30'
        """
        moment = datetime.fromtimestamp(moment_ns // _NS, self.zone)
        return moment.strftime("%Y-%m-%d %H:%M:%S")


def zone_of(cell: Cell) -> str:
    """Return the name of the time zone of a cell's site; empty where it has no site or no zone."""
    if not cell.site:
        return ""
    return str(tomllib.loads(cell.site).get("site", {}).get("time_zone", ""))

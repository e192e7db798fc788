"""The demo's day, chosen from the measured year by a rule, and a demand limit that a battery can keep.

The rule: among the Mondays to Fridays from November to March, from 29 January (four weeks of the same year
before it) to 23 December, those count whose highest quarter-hour of grid import lies between 16 and
21 h local winter time and reaches 90 % of the highest of all these days (which leaves out holidays). Of them
that day is taken whose peak exceeds everything outside 15:30 to 22:30 by the most.

The limit: the lowest multiple of 500 kW for which the battery needs at most 80 % of its power and half of its
energy over the whole day, counted without recharging in between: the rest is for forecast error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from kernel.point import NANOSECONDS
from simulators.appliances.demand import Profiles
from simulators.backfill import backfill
from simulators.networks.network import Network
from simulators.physics.flows import Values

_QUARTERS: Final = 96
_LOCAL_NS: Final = 3_600 * NANOSECONDS
"""The profiles are in local winter time, UTC + 1 h."""
_MONTHS: Final = (1, 2, 3, 11, 12)
_PEAK: Final = slice(64, 84)
"""Quarter-hours from 16:00 to 21:00 local."""
_EVENING: Final = slice(62, 90)
"""Quarter-hours from 15:30 to 22:30 local."""
_HIGH_DAY: Final = 0.9
"""Share of the highest winter day's peak that a day must reach."""
_POWER_SHARE: Final = 0.8
_ENERGY_SHARE: Final = 0.5
_LIMIT_STEP_KW: Final = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDay:
    """The day, what it would be without control, and what is asked of the battery."""

    day: date
    start_ns: int
    """Midnight local winter time, nanoseconds since 1970 UTC."""
    peak_kw: float
    """Highest quarter-hour mean of grid import without control."""
    peak_end_ns: int
    """End of that quarter-hour."""
    rest_kw: float
    """Highest quarter-hour mean outside the evening."""
    limit_kw: float
    """Demand limit that leaves the battery a reserve."""
    needed_kw: float
    """Largest power above the limit."""
    needed_kwh: float
    """Energy above the limit over the day."""


def pick_day(
    profiles: Profiles,
    network: Network,
    *,
    first: date = date(2016, 1, 29),
    last: date = date(2016, 12, 23),
    power_kw: float = 4000.0,
    energy_kwh: float = 8000.0,
) -> DemoDay:
    """Choose the demo's day by the rule that stands at the top of this file.

    Args:
        profiles: measured loads and generation.
        network: whose import is looked at, batteries idle, losses included.
        first: first day that counts; the profiles' year begins four weeks before.
        last: last day that counts.
        power_kw: rating of the battery.
        energy_kwh: its capacity.

    Raises:
        LookupError: no day of the year fits the rule.
    """
    days = dict(_candidates(profiles, network, first, last))
    floor_kw = _HIGH_DAY * max((import_kw.max() for import_kw in days.values()), default=0.0)
    high = [day for day, import_kw in days.items() if import_kw.max() >= floor_kw]
    best = max(high, key=lambda day: _margin_kw(days[day]), default=None)
    if best is None or _margin_kw(days[best]) <= 0.0:
        raise LookupError(f"no winter working day from {first} to {last} has its peak in the evening")
    return _described(best, days[best], power_kw, energy_kwh)


def limit_for(import_kw: Values, *, power_kw: float, energy_kwh: float) -> float:
    """Return the lowest multiple of 500 kW that the battery can keep with its reserve.

    Args:
        import_kw: (n,) quarter-hour means of a day without control.
        power_kw: rating of the battery.
        energy_kwh: its capacity.

    >>> limit_for(np.array([1000.0, 3000.0, 1000.0]), power_kw=4000.0, energy_kwh=1000.0)
    1000.0
    """
    limit = _LIMIT_STEP_KW
    while True:
        above = np.maximum(import_kw - limit, 0.0)
        if above.max() <= _POWER_SHARE * power_kw and above.sum() / 4.0 <= _ENERGY_SHARE * energy_kwh:
            return limit
        limit += _LIMIT_STEP_KW


def midnight_ns(day: date) -> int:
    """Return midnight local winter time of a day, nanoseconds since 1970 UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return round(start.timestamp()) * NANOSECONDS - _LOCAL_NS


def _candidates(
    profiles: Profiles, network: Network, first: date, last: date
) -> Iterator[tuple[date, Values]]:
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() < 5 and day.month in _MONTHS:
            past = backfill(profiles, network, midnight_ns(day + timedelta(days=1)), days=1)
            yield day, past.values[-1]


def _margin_kw(import_kw: Values) -> float:
    """How far the evening peak rises above the rest of the day; negative where the peak is elsewhere."""
    peak = int(import_kw.argmax())
    if not _PEAK.start <= peak < _PEAK.stop:
        return -1.0
    return float(import_kw[peak] - _outside(import_kw))


def _outside(import_kw: Values) -> float:
    return float(max(import_kw[: _EVENING.start].max(), import_kw[_EVENING.stop :].max()))


def _described(day: date, import_kw: Values, power_kw: float, energy_kwh: float) -> DemoDay:
    limit = limit_for(import_kw, power_kw=power_kw, energy_kwh=energy_kwh)
    above = np.maximum(import_kw - limit, 0.0)
    start_ns = midnight_ns(day)
    step_ns = 86_400 * NANOSECONDS // _QUARTERS
    return DemoDay(
        day=day,
        start_ns=start_ns,
        peak_kw=float(import_kw.max()),
        peak_end_ns=start_ns + (int(import_kw.argmax()) + 1) * step_ns,
        rest_kw=_outside(import_kw),
        limit_kw=limit,
        needed_kw=float(above.max()),
        needed_kwh=float(above.sum() / 4.0),
    )

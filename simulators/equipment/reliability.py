"""Reliability indices of distribution: SAIDI, SAIFI, CAIDI, MAIFI, and major event days.

    SAIFI = customers interrupted / customers served             sustained interruptions only
    SAIDI = customer minutes of interruption / customers served  sustained interruptions only
    CAIDI = SAIDI / SAIFI
    MAIFI = customers momentarily interrupted / customers served
    T_MED = exp(mean(ln SAIDI_day) + 2.5 std(ln SAIDI_day))      days without interruption left out

Source: IEEE 1366-2012: sustained is longer than 5 minutes (3.24); the beta method of clause 3.5 uses five
years of days.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kernel.point import NANOSECONDS

SUSTAINED_S: Final = 300.0
"""An interruption longer than this is sustained."""
_BETAS: Final = 2.5
_DAY_NS: Final = 86_400 * NANOSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One interruption of customers behind one load, with its cause."""

    load: str
    customers: int
    begin_ns: int
    """Nanoseconds since 1970 UTC."""
    end_ns: int
    """When supply came back, or until when it has been seen without."""
    cause: str

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end_ns - self.begin_ns) / (60.0 * NANOSECONDS)

    @property
    def sustained(self) -> bool:
        """True where it lasts longer than five minutes."""
        return self.end_ns - self.begin_ns > SUSTAINED_S * NANOSECONDS

    @property
    def customer_minutes(self) -> float:
        """Customers times minutes."""
        return self.customers * self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """Indices of a time that ended; NaN where nobody is served."""

    saidi_min: float
    """Minutes for each customer served."""
    saifi: float
    caidi_min: float
    """Minutes for each interruption of a customer; NaN where there was none."""
    maifi: float


def indices(outages: Iterable[Outage], *, served: int) -> Indices:
    """Return the indices of some interruptions.

    Args:
        outages: each of customers of one load; two at the same time on one load are of different customers.
        served: customers in all.

    >>> hour = Outage(load="a", customers=50, begin_ns=0, end_ns=3600 * 10**9, cause="")
    >>> found = indices([hour], served=100)
    >>> found.saidi_min, found.saifi, found.caidi_min
    (30.0, 0.5, 60.0)
    """
    if served <= 0:
        return Indices(saidi_min=math.nan, saifi=math.nan, caidi_min=math.nan, maifi=math.nan)
    given = tuple(outages)
    sustained = [outage for outage in given if outage.sustained]
    minutes = sum(outage.customer_minutes for outage in sustained)
    times = sum(outage.customers for outage in sustained)
    short = sum(outage.customers for outage in given if not outage.sustained)
    return Indices(
        saidi_min=minutes / served,
        saifi=times / served,
        caidi_min=minutes / times if times else math.nan,
        maifi=short / served,
    )


def daily_saidi(outages: Iterable[Outage], *, served: int, first_ns: int, days: int) -> tuple[float, ...]:
    """Return SAIDI of each day, minutes; an interruption counts for the day on which it began.

    Args:
        outages: of all days.
        served: customers in all.
        first_ns: midnight of the first day, nanoseconds since 1970 UTC.
        days: how many.
    """
    minutes = [0.0] * days
    for outage in outages:
        day = (outage.begin_ns - first_ns) // _DAY_NS
        if outage.sustained and 0 <= day < days:
            minutes[day] += outage.customer_minutes / served
    return tuple(minutes)


def major_event_threshold(saidi_min: Sequence[float]) -> float:
    """Return T_MED, minutes: a day above it is a major event day and is reported apart.

    Args:
        saidi_min: SAIDI of each day, minutes; days of 0 are left out. Five years are wanted.

    Returns:
        NaN where fewer than two days had an interruption.

    >>> round(major_event_threshold([0.0, math.exp(-1.0), math.exp(1.0)]), 3)
    34.313
    """
    logs = [math.log(value) for value in saidi_min if value > 0.0]
    if len(logs) < 2:
        return math.nan
    mean = sum(logs) / len(logs)
    spread = math.sqrt(sum((one - mean) ** 2 for one in logs) / (len(logs) - 1))
    return math.exp(mean + _BETAS * spread)

"""Reliability indices of distribution: SAIDI, SAIFI, CAIDI and MAIFI.

    SAIFI = customers interrupted / customers served             sustained interruptions only
    SAIDI = customer minutes of interruption / customers served  sustained interruptions only
    CAIDI = SAIDI / SAIFI
    MAIFI = customers momentarily interrupted / customers served

Source: IEEE 1366-2012: sustained is longer than 5 minutes (3.24).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kernel.point import NANOSECONDS

SUSTAINED_S: Final = 300.0
"""An interruption longer than this is sustained."""


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

"""Faults that end, laid into the year: does the alarm on a missed forecast cry when all is well again?

While a breaker is open, or demand is other than any forecast could know, forecasts follow what they see;
after its end they are wrong the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from benchmarks.foretold_year import Year
from edge.forecasting.horizon import DAY, STEP_NS
from kernel.alarm import Alarm
from kernel.asset import Asset
from kernel.point import Point

APART: Final = 2 * DAY + 28
"""Steps from one fault of a feeder to the next: all hours of the day come."""
AFTER: Final = 12
"""Steps after its end in which an alarm counts as one of the end: three hours."""
_OPEN: Final = 1.0
_CLOSED: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A kind of fault that ends."""

    name: str
    share: float
    """Of the demand that is added."""
    steps: int
    """That it lasts."""
    opens: bool = False
    """Whether the breaker of the feeder is open meanwhile."""


ENDS: Final = (
    End(name="open_2h", share=-1.0, steps=8, opens=True),
    End(name="open_4h", share=-1.0, steps=16, opens=True),
    End(name="+50_percent_3h", share=0.5, steps=12),
    End(name="-33_percent_3h", share=-0.33, steps=12),
)


def with_faults(year: Year, end: End, *, first: int) -> tuple[Year, tuple[tuple[int, int], ...]]:
    """Lay faults of one kind into a year, from a step on; every feeder has a breaker then.

    Returns:
        The year, and row and first step of each fault.
    """
    site, (count, steps) = year.site, year.values.shape
    names = [site.points[row].asset for row in year.feeders]
    assets = tuple(
        msgspec.structs.replace(one, zone=one.name) if one.name in names else one for one in site.assets
    )
    breakers = tuple(Asset(name=f"cb_{name}", kind="breaker", zone=name) for name in names)
    points = tuple(Point(name=f"cb_{name}/position", unit="1") for name in names)
    values = np.vstack([year.values, np.full((len(names), steps), _CLOSED)])
    faults = []
    for number, row in enumerate(year.feeders):
        for onset in range(first + 10 + 24 * number, steps - end.steps - AFTER, APART):
            values[row, onset : onset + end.steps] *= 1.0 + end.share
            if end.opens:
                values[count + number, onset : onset + end.steps] = _OPEN
            faults.append((row, onset))
    struck = msgspec.structs.replace(site, assets=assets + breakers, points=site.points + points)
    return Year(site=struck, values=values, start_ns=year.start_ns), tuple(faults)


def cries(raised: Sequence[Alarm], year: Year, faults: Sequence[tuple[int, int]], end: End) -> int:
    """Return how many alarms occur within three hours after the end of a fault on its feeder."""
    over = {(year.site.points[row].name, onset + end.steps) for row, onset in faults}
    occurred = [
        (one.point, (one.at_ns - year.start_ns) // STEP_NS - 1) for one in raised if one.event == "occurs"
    ]
    return sum((point, step - back) in over for point, step in occurred for back in range(AFTER))

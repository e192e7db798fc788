"""How often each device of a line is read where the line has no time for everybody's wish. Pure.

Who asks for little gets it; who asks for most of the line's time is read more seldom, and nobody else is. A
device whose single answers take longer than a neighbour can wait gets a tenth of the line at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

USABLE: Final = 0.8
"""Share of a line's time that is given to readings; writes, probes and chance need the rest."""
SLOW_SHARE: Final = 0.1
"""Share of the line for a device whose single answer keeps a neighbour from its next reading."""
HOLDS_UP: Final = 0.5
"""Share of a neighbour's time between two readings from which an answer keeps it from the next one."""
DRIFT: Final = 1.25
"""What was measured may be off by so much before the cadence follows: it shall not swing."""
MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one device asks of its line; real seconds."""

    reading_s: float
    """Time of the line that one reading takes, gaps and all."""
    request_s: float
    """Longest time for which one request holds the line."""
    wanted_s: float
    """Wanted time from reading to reading."""

    @property
    def demand(self) -> float:
        """Share of the line that it asks for."""
        return self.reading_s / self.wanted_s


def stretches(loads: Sequence[Load]) -> list[int]:
    """Return by how much the time between two readings of each device is stretched, at least 1.

    >>> quick = Load(reading_s=0.02, request_s=0.02, wanted_s=1.0)
    >>> stretches([quick, quick, Load(reading_s=0.9, request_s=0.9, wanted_s=1.0)])
    [1, 1, 9]
    """
    demands = [load.demand for load in loads]
    cap = _level(demands, USABLE)
    caps = [min(cap, SLOW_SHARE) if _takes(loads, place, HOLDS_UP) else cap for place in range(len(loads))]
    return [
        min(MOST, max(1, math.ceil(demand / most - 1e-9))) for demand, most in zip(demands, caps, strict=True)
    ]


def settled(before: Sequence[int], loads: Sequence[Load]) -> list[int]:
    """Return the stretches, changed no more than what was measured shows for certain."""
    low = stretches([_scaled(load, 1 / DRIFT) for load in loads])
    high = stretches([_scaled(load, DRIFT) for load in loads])
    return [min(max(now, least), most) for now, least, most in zip(before, low, high, strict=True)]


def slow(loads: Sequence[Load]) -> list[bool]:
    """Tell which devices take long to answer: more than a tenth of what a neighbour has between readings.

    >>> quick = Load(reading_s=0.02, request_s=0.02, wanted_s=1.0)
    >>> slow([quick, Load(reading_s=0.2, request_s=0.2, wanted_s=1.0)])
    [False, True]
    """
    return [_takes(loads, place, SLOW_SHARE) for place in range(len(loads))]


def _scaled(load: Load, by: float) -> Load:
    return replace(load, reading_s=load.reading_s * by, request_s=load.request_s * by)


def _takes(loads: Sequence[Load], place: int, share: float) -> bool:
    """Tell whether one answer takes more than this share of what a neighbour has between two readings."""
    others = [load.wanted_s for other, load in enumerate(loads) if other != place]
    return bool(others) and loads[place].request_s > share * min(others)


def _level(demands: Sequence[float], usable: float) -> float:
    """Return the share that nobody may exceed so that all together ask for no more than `usable`."""
    left, rest = usable, sorted(demands)
    for place, demand in enumerate(rest):
        fair = left / (len(rest) - place)
        if demand > fair:
            return fair
        left -= demand
    return max(1.0, usable, *demands) if demands else 1.0

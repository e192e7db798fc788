"""How readings go in windows of few points, and whether they rise beyond doubt.

Readings of an hour become one point, their median; six points of an hour one of a quarter-day, eight of
those one of two days. A window holds the newest points of one width, whatever the time between two readings.

How fast a window rises is the median of the slopes between all pairs of its points (Sen's slope), and what it
rises at least is the lower end of the confidence interval of that slope: so many of the slopes may lie below
it as noise would put there. A step, such as an instrument that was adjusted, has too many pairs on one side
of it to count as a rise, and so have single spikes.

Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63
(1968); the interval by the variance of Kendall's S, as R. O. Gilbert, Statistical methods for environmental
pollution monitoring (1987), 16.4, has it. Widths and confidence are our choice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple

from edge.alarms.family import middle
from kernel.point import NANOSECONDS

HOUR_NS: Final = 3_600 * NANOSECONDS
DAY_NS: Final = 24 * HOUR_NS
CONFIDENCE: Final = 3.45
"""Standard deviations: once in 3 500 windows noise rises so, once in 40 000 where there are eight points."""
WINDOWS: Final = ((1, 8), (6, 12), (48, 12))
"""Width of a point, hours, and how many a window holds: the newest 8 hours, 3 days, 24 days."""
_SPARSE: Final = 2
"""A point older than so many times the length of its window has left it."""


class Dot(NamedTuple):
    """One point of a window."""

    at_ns: int
    value: float


class Rise(NamedTuple):
    """How a window goes."""

    per_day: float
    """Median of the slopes."""
    at_least_per_day: float
    """Lower end of its confidence interval."""
    days: float
    """From the first to the last point."""


@dataclass(slots=True)
class Window:
    """The newest points of one width."""

    width_ns: int
    most: int
    dots: list[Dot] = field(default_factory=list)
    rise: Rise | None = None
    """How it goes; None while it has too few points."""
    _gathered: list[Dot] = field(default_factory=list)

    def take(self, dot: Dot) -> Dot | None:
        """Take a reading, or a finer point; return the point that has become whole by it, if any."""
        gathered, closed = self._gathered, None
        if gathered and dot.at_ns // self.width_ns != gathered[0].at_ns // self.width_ns:
            closed = Dot(
                (gathered[0].at_ns + gathered[-1].at_ns) // 2, middle([one.value for one in gathered])
            )
            gathered.clear()
            self._keep(closed, dot.at_ns)
        gathered.append(dot)
        return closed

    def _keep(self, closed: Dot, now_ns: int) -> None:
        self.dots.append(closed)
        oldest_ns = now_ns - _SPARSE * self.most * self.width_ns
        while self.dots and (len(self.dots) > self.most or self.dots[0].at_ns < oldest_ns):
            del self.dots[0]
        self.rise = rise_of(self.dots)


class Trend:
    """The windows of one quantity."""

    __slots__ = ("newest_ns", "windows")

    def __init__(self) -> None:
        """Begin with nothing: after a start every window has to fill anew."""
        self.windows = tuple(Window(hours * HOUR_NS, most) for hours, most in WINDOWS)
        self.newest_ns = 0

    def take(self, at_ns: int, value: float) -> bool:
        """Take a reading that was not taken before; return whether a point became whole by it."""
        if at_ns <= self.newest_ns:
            return False
        self.newest_ns = at_ns
        dot = Dot(at_ns, value)
        closed = False
        for window in self.windows:
            whole = window.take(dot)
            if whole is None:
                break
            dot, closed = whole, True
        return closed


def rise_of(points: Iterable[Dot]) -> Rise | None:
    """Return how points go; None where they are too few to tell a rise from noise.

    >>> ramp = [Dot(day * DAY_NS, 5.0 * day) for day in range(8)]
    >>> rise_of(ramp)
    Rise(per_day=5.0, at_least_per_day=5.0, days=7.0)
    >>> rise_of(ramp[:7]) is None
    True
    """
    dots = tuple(points)
    count = len(dots)
    pairs = count * (count - 1) // 2
    spread = CONFIDENCE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
    below = math.floor(0.5 * (pairs - spread))
    if pairs == 0 or below < 0:
        return None
    slopes = sorted(
        (later.value - one.value) / (later.at_ns - one.at_ns) * DAY_NS for one, later in combinations(dots, 2)
    )
    return Rise(middle(slopes), slopes[below], (dots[-1].at_ns - dots[0].at_ns) / DAY_NS)

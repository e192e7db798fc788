"""Scales from quantities to coordinates, with ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

NOTHING: Final = 1e-6
"""A spread below this part of the level (or of 1) counts as none."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear or logarithmic way from a quantity to a coordinate; values outside stay at the edge."""

    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the coordinate of a value.

        >>> Scale(0, 10, 100, 200)(5), Scale(1, 100, 0, 10, logarithmic=True)(10)
        (150.0, 5.0)
        """
        inside = min(max(value, self.low), self.high)
        if self.high <= self.low:
            return (self.begin + self.end) / 2
        if self.logarithmic:
            part = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            part = (inside - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)


def round_ticks(low: float, high: float, count: int = 5) -> tuple[float, ...]:
    """Return about `count` round numbers that enclose an interval.

    >>> round_ticks(14.2, 33.0)
    (10.0, 15.0, 20.0, 25.0, 30.0, 35.0)
    """
    level = max(abs(low), abs(high), 1.0)
    span = high - low if high - low > NOTHING * level else level
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return tuple(round(step * place, 9) for place in range(first, last + 1))

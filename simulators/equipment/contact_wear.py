"""Wear of a breaker's contacts by the currents it has interrupted.

A maker gives how many interruptions of a current the contacts last: three points, joined by straight lines in
log-log axes. Below the first point only the mechanism counts, above the last one a single interruption more
counts as much as there. Every interruption adds 1 / N(I); at 1 the contacts are worn.

Source: breaker monitor of numerical relays (SEL instruction manuals, "breaker contact wear curve", set points
COSP1-3 and KASP1-3). The points below are of a 24 kV vacuum breaker of 20 kA, of typical catalogues.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

VACUUM_20_KA: Final = ((1_250.0, 10_000.0), (8_000.0, 300.0), (20_000.0, 50.0))
"""(A, interruptions)."""


@dataclass(frozen=True, slots=True)
class WearCurve:
    """Interruptions that contacts last, by current.

    Raises:
        ValueError: fewer than two points, or their current does not rise, or their number does not fall.

    >>> round(WearCurve().interruptions(20_000.0)), round(WearCurve().interruptions(100.0))
    (50, 10000)
    """

    points: tuple[tuple[float, float], ...] = field(default=VACUUM_20_KA)

    def __post_init__(self) -> None:
        currents = [current for current, _ in self.points]
        counts = [count for _, count in self.points]
        falls = counts == sorted(counts, reverse=True) and counts[-1] > 0.0
        if len(currents) < 2 or currents != sorted(set(currents)) or not falls:
            raise ValueError(f"a wear curve needs rising currents and falling numbers, not {self.points}")

    def interruptions(self, current_a: float) -> float:
        """Return how many interruptions of a current the contacts last."""
        currents = [current for current, _ in self.points]
        place = min(max(bisect_right(currents, current_a), 1), len(currents) - 1)
        (low_a, low_n), (high_a, high_n) = self.points[place - 1], self.points[place]
        within = min(max(current_a, low_a), currents[-1])
        share = math.log(within / low_a) / math.log(high_a / low_a)
        return float(low_n * (high_n / low_n) ** share)

    def wear(self, current_a: float) -> float:
        """Return the share of the contacts' life that one interruption of a current costs."""
        return 1.0 / self.interruptions(current_a)

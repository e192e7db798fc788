"""2-furfural in oil, which paper gives off as its chains break: what a laboratory finds in a sample.

    DP = 325 (19 / 13 - log10 c)          c in ppm by mass

A sample is taken every half-year; between two samples the last result is what is known. Samples of units of
the same age differ: oil that was treated has less, resin-impregnated windings give other amounts.

Source: A. Heisler and M. Banzer's relation, as reviews of furan analysis cite it, from memory. The gateway
estimates by another one. The scatter of 20 % (one standard deviation of the logarithm) is ours.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from simulators.durations import DAY_NS
from simulators.noise import normal, seed_of

SAMPLED_EVERY_NS: Final = 182 * DAY_NS
_PER_DECADE: Final = 325.0
_AT_NO_CHAIN: Final = 19.0 / 13.0
_SCATTER: Final = 0.2


class Sample(NamedTuple):
    """What the laboratory wrote of the newest sample."""

    number: int
    """Of the half-year in which it was taken."""
    taken_ns: int
    furfural_ppm: float
    """2-furfural, by mass."""


def furfural_ppm(dp: float) -> float:
    """Return the 2-furfural in the oil over paper of a degree of polymerisation, ppm by mass.

    >>> furfural_ppm(250.0) > furfural_ppm(400.0) > 1.0 > furfural_ppm(1000.0)
    True
    """
    return float(10.0 ** (_AT_NO_CHAIN - dp / _PER_DECADE))


def sampled(before: Sample | None, *, asset: str, dp: float, now_ns: int, seed: int) -> Sample:
    """Return the newest sample of a unit: the one before until the next is due."""
    number = now_ns // SAMPLED_EVERY_NS
    if before is not None and before.number == number:
        return before
    scatter = math.exp(_SCATTER * normal(seed_of(seed, "furfural", asset), number))
    return Sample(number, now_ns, furfural_ppm(dp) * scatter)

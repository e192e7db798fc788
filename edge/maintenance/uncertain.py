"""Quantities that are known within a factor: lognormal, combined in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec

Z80: Final = 1.2815515655446004
"""Standard normal deviate that leaves 10 % on either side of an 80 % interval."""


class Uncertain(msgspec.Struct, frozen=True, kw_only=True):
    """A positive quantity with its 80 % interval; a median of 0 is exactly 0."""

    median: float
    log_sigma: float
    """Standard deviation of the natural logarithm, 1."""

    @property
    def low(self) -> float:
        """Lower end of the 80 % interval."""
        return self.median * math.exp(-Z80 * self.log_sigma)

    @property
    def high(self) -> float:
        """Upper end of the 80 % interval."""
        return self.median * math.exp(Z80 * self.log_sigma)


def within_factor(median: float, factor: float) -> Uncertain:
    """Return a quantity whose 80 % interval reaches from median / factor to median * factor.

    >>> round(within_factor(10.0, 2.0).high, 6)
    20.0
    """
    return Uncertain(median=median, log_sigma=math.log(factor) / Z80)


def product(*factors: Uncertain) -> Uncertain:
    """Multiply independent quantities: medians multiply, variances of the logarithms add."""
    return Uncertain(
        median=math.prod(factor.median for factor in factors),
        log_sigma=math.hypot(*(factor.log_sigma for factor in factors)),
    )


def total(terms: Iterable[Uncertain]) -> Uncertain:
    """Add independent quantities by matching mean and variance with one lognormal.

    Source: L. F. Fenton, The sum of log-normal probability distributions, IRE Trans. Comm. Systems 8 (1960).

    >>> round(total([within_factor(1.0, 2.0)]).high, 9)
    2.0
    """
    mean = variance = 0.0
    for term in terms:
        square = term.log_sigma**2
        expected = term.median * math.exp(square / 2.0)
        mean += expected
        variance += expected**2 * math.expm1(square)
    if mean == 0.0:
        return Uncertain(median=0.0, log_sigma=0.0)
    square = math.log1p(variance / mean**2)
    return Uncertain(median=mean * math.exp(-square / 2.0), log_sigma=math.sqrt(square))

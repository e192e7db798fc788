"""Confidence intervals of a mean from few numbers: Student's t."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_T95: Final = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Two-sided 95 % quantiles for 1 to 30 degrees of freedom, as in every table (NIST handbook, 1.3.6.7.2)."""
_Z: Final = 1.959963984540054


def t95(freedom: int) -> float:
    """Return the two-sided 95 % quantile of Student's t.

    Above 30 degrees of freedom by the expansion 26.7.5 of Abramowitz and Stegun.

    Raises:
        ValueError: there is no degree of freedom.

    >>> t95(1), round(t95(40), 3), round(t95(120), 3)
    (12.706, 2.021, 1.98)
    """
    if freedom < 1:
        raise ValueError("one number has no spread")
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z = _Z
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def mean_and_half(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean and half the width of its 95 % interval; None where one number says nothing of spread.

    >>> mean, half = mean_and_half([1.0, 2.0, 3.0])
    >>> mean, round(half, 3)
    (2.0, 2.484)
    """
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, t95(count - 1) * math.sqrt(variance / count)

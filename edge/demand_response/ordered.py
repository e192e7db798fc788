"""Ordered sums: the same bits on every Python.

From Python 3.12 on the built-in `sum` of floats compensates its rounding; a decision that a replay must meet
again may not depend on that. These add from left to right, as every Python did before.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce


def ordered_sum(terms: Iterable[float]) -> float:
    """Add from left to right, rounding after each term.

    >>> ordered_sum([1.0, 1e100, 1.0, -1e100])
    0.0
    """
    return reduce(operator.add, terms, 0.0)

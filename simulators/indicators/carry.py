"""Sums that do not depend on how a run is cut into courses.

`numpy.sum` adds in pairs, so that its last bits depend on the length of the array. Here numbers are added one
after the other to what was carried over, and times are whole nanoseconds, whose sums are exact in any order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.durations import HOUR_NS
from simulators.physics.course import Course
from simulators.physics.flows import Values

Spans = NDArray[np.int64]
"""Whole nanoseconds."""


def carried(total: float, addends: Values) -> float:
    """Return a total with (T,) addends added one after the other.

    >>> carried(carried(0.1, np.array([0.2])), np.array([0.3])) == carried(0.1, np.array([0.2, 0.3]))
    True
    """
    if len(addends) == 0:
        return total
    return float(np.add.accumulate(np.concatenate(([total], addends)))[-1])


def across(table: Values) -> Values:
    """Return the sum of each row of a (T, N) table, (T,): the same bits whatever T is."""
    sums: Values = np.add.reduce(np.ascontiguousarray(table), axis=1)
    return sums


def spans_ns(course: Course) -> Spans:
    """Return the length of each step in whole nanoseconds, (T,)."""
    return np.rint(course.hours * HOUR_NS).astype(np.int64)


def time_in(mask: NDArray[np.bool_], spans: Spans) -> Spans:
    """Return for how long each column was true, ns.

    Args:
        mask: (T, N).
        spans: (T,) ns.

    >>> time_in(np.array([[True, False], [True, True]]), np.array([5, 7]))
    array([12,  7])
    """
    if not mask.any():
        return np.zeros(mask.shape[1], dtype=np.int64)
    total: Spans = np.where(mask, spans[:, None], 0).sum(axis=0)
    return total

"""Cutting a course at the borders of fixed windows, such as quarter-hours from the full hour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators.indicators.carry import Spans, spans_ns
from simulators.physics.course import Course


class Pieces(NamedTuple):
    """Steps of a course, cut where a window ends; P >= T of them."""

    step: NDArray[np.intp]
    """(P,) the step that each is a piece of."""
    window: NDArray[np.int64]
    """(P,) number of the window it lies in, counted from 1970 UTC."""
    span_ns: Spans
    """(P,) its length."""


def pieces_of(course: Course, window_ns: int) -> Pieces:
    """Cut the steps of a course at the borders of windows.

    Args:
        course: T steps.
        window_ns: length of a window; windows begin at multiples of it.
    """
    until = course.until_ns
    since = until - spans_ns(course)
    first, last = since // window_ns, (until - 1) // window_ns
    count = np.maximum(last - first + 1, 0)
    step = np.repeat(np.arange(len(until)), count)
    place = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    window = first[step] + place
    begin = np.maximum(since[step], window * window_ns)
    end = np.minimum(until[step], (window + 1) * window_ns)
    return Pieces(step, window, end - begin)

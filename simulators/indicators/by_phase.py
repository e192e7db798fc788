"""Voltages as EN 50160 judges them: each phase by itself, where they differ."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulators.physics.course import Course
from simulators.physics.flows import Values

INTERRUPTED_PU: Final = 0.05
"""A phase below this share of its rated voltage is interrupted, not low (EN 50160, 3.17)."""
_SQRT3: Final = 3.0**0.5


def by_phase(course: Course, rated_kv: Values) -> Values:
    """Return the voltage of every phase of every bus, (T, N * P) pu; phases of a bus stand together.

    P is 1 where the power flow is balanced, else 3. NaN without a solution, and where a bus lacks a phase.

    Args:
        course: of T steps and N buses.
        rated_kv: (N,) line to line.
    """
    if course.phase_kv is None:
        u_pu = course.bus_kv / rated_kv
    else:
        u_pu = (course.phase_kv * _SQRT3 / rated_kv[:, None]).reshape(len(course), -1)
    return np.where(course.converged[:, None], u_pu, np.nan)

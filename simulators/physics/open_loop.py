"""An open loop: where nobody controls, a year is one batch of the solver, yielded in chunks.

Each step stands through its length with the injections of its beginning, as a stretch of the world does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from simulators.durations import HOUR_NS
from simulators.physics.batch import Batch
from simulators.physics.course import Course, Times
from simulators.physics.flows import Injections
from simulators.physics.one_by_one import OneByOne
from simulators.physics.port import Solver
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import AS_DRAWN, Switching

CHUNK: Final = 960
"""Steps that one thread solves at once: ten days of quarter-hours, few enough for the processor's cache."""
SHARED_CHUNK: Final = 1920
"""The same for each thread where several share a chunk: they begin and end together less often."""

Wanted = Callable[[Times], Injections]
"""Injections of T moments at once: powers (T, L) and (T, G) for (T,) nanoseconds since 1970 UTC."""


def open_loop(  # noqa: PLR0913  # what an open loop is made of
    grid: Solver,
    wanted: Wanted,
    *,
    start_ns: int,
    step_s: float,
    steps: int,
    switching: Switching = AS_DRAWN,
    chunk: int = 0,
    threads: int = 1,
) -> Iterator[Course]:
    """Yield what the grid does through many steps, some at a time.

    Args:
        grid: that is solved; power-grid-model solves a chunk at once, any other solver step by step.
        wanted: injections of many moments, such as `Demand.over`.
        start_ns: begin of the first step, nanoseconds since 1970 UTC.
        step_s: length of a step, seconds.
        steps: how many, >= 1.
        switching: that stands through all of them.
        chunk: steps solved at once; memory grows with it, results do not change. 0 chooses.
        threads: that share a chunk, for cores that no other run uses; results do not change.

    Yields:
        Courses of at most `chunk` steps, without gaps. A step without solution is flagged, and its numbers
        are NaN.

    Raises:
        KeyError: `switching` names what the network does not have.
    """
    batch = Batch(grid, threads=threads) if isinstance(grid, PowerGrid) else OneByOne(grid)
    step_ns = round(step_s * 1e9)
    at_once = chunk or (CHUNK if threads == 1 else SHARED_CHUNK * threads)
    for first in range(0, steps, at_once):
        number = np.arange(first, min(first + at_once, steps), dtype=np.int64)
        begin_ns = start_ns + number * step_ns
        hours = np.full(len(number), step_ns / HOUR_NS)
        yield batch.course(wanted(begin_ns), begin_ns + step_ns, hours, switching)

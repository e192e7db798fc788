"""Interval means out of SQLite: recorded ones, and means over good rows computed by the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.historian.intervals import UNUSABLE, Grid, Mean, lay_out
from kernel.measurement import Values

_RECORDED: Final = """
SELECT end_ns, mean, good_share FROM interval_means
WHERE point = :point AND step_s = :step_s AND end_ns > :start AND end_ns <= :end
"""
_COMPUTED: Final = """
SELECT (at_ns - :start) / :step AS place,
       avg(CASE WHEN quality & :unusable = 0 THEN value END),
       avg(quality & :unusable = 0)
FROM measurements WHERE point = :point AND at_ns >= :start AND at_ns < :end GROUP BY place
"""


def means_of(
    connection: sqlite3.Connection, ids: Sequence[int] | NDArray[np.int32], step_s: float, grid: Grid
) -> tuple[Values, NDArray[np.bool_]]:
    """Return (ids, count) means on a grid, and which are good."""
    computed, recorded = [], []
    for line, number in enumerate(ids):
        question = {
            "point": int(number),
            "step_s": step_s,
            "step": grid.step_ns,
            "start": grid.start_ns,
            "end": grid.end_ns,
            "unusable": UNUSABLE,
        }
        computed += [Mean(line, *row) for row in connection.execute(_COMPUTED, question)]
        recorded += list(_recorded(connection.execute(_RECORDED, question), line, grid))
    return lay_out(len(ids), grid, computed, recorded)


def _recorded(rows: sqlite3.Cursor, line: int, grid: Grid) -> Iterator[Mean]:
    """Keep those that end where an interval of the grid ends: others are means of something else."""
    for end_ns, mean, share in rows:
        if (grid.end_ns - end_ns) % grid.step_ns == 0:
            yield Mean(line, grid.place(end_ns) - 1, mean, share)

"""Interval means out of SQLite: recorded ones, and means over good rows computed by the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.historian.intervals import Counted, Grid, Mean, lay_out, weigh
from kernel.measurement import Values
from kernel.quality import UNUSABLE

_RECORDED: Final = """
SELECT end_ns, mean, good_share FROM interval_means
WHERE point = :point AND step_s = :step_s AND end_ns > :start AND end_ns <= :end
"""
_COMPUTED: Final = """
WITH spaced AS (
    SELECT (at_ns - :start) / :step AS place, value, quality & :unusable = 0 AS good,
           at_ns - lag(at_ns) OVER (PARTITION BY (at_ns - :start) / :step ORDER BY at_ns) AS gap
    FROM measurements WHERE point = :point AND at_ns >= :start AND at_ns < :end),
ranked AS (
    SELECT place, value, good, gap, row_number() OVER (PARTITION BY place ORDER BY gap) AS nth,
           count(*) OVER (PARTITION BY place) AS many
    FROM spaced)
SELECT place, avg(CASE WHEN good THEN value END), sum(good), max(CASE WHEN nth = 1 + many / 2 THEN gap END)
FROM ranked GROUP BY place
"""
"""The lower median of the gaps: the first row of an interval has none, and sorts first."""


def means_of(
    connection: sqlite3.Connection, ids: Sequence[int] | NDArray[np.int32], step_s: float, grid: Grid
) -> tuple[Values, NDArray[np.bool_]]:
    """Return (ids, count) means on a grid, and which are good."""
    counted, recorded = [], []
    for line, number in enumerate(ids):
        question = {
            "point": int(number),
            "step_s": step_s,
            "step": grid.step_ns,
            "start": grid.start_ns,
            "end": grid.end_ns,
            "unusable": UNUSABLE,
        }
        counted += [Counted(line, *row) for row in connection.execute(_COMPUTED, question)]
        recorded += list(_recorded(connection.execute(_RECORDED, question), line, grid))
    return lay_out(len(ids), grid, weigh(counted, grid), recorded)


def _recorded(rows: sqlite3.Cursor, line: int, grid: Grid) -> Iterator[Mean]:
    """Keep those that end where an interval of the grid ends: others are means of something else."""
    for end_ns, mean, share in rows:
        if (grid.end_ns - end_ns) % grid.step_ns == 0:
            yield Mean(line, grid.place(end_ns) - 1, mean, share)

"""Reading the history of an embedded gateway, while its historian writes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from drivers.historian.batch import Column, Gap
from drivers.historian.reader import CHUNK_ROWS, KeptSeries, Outline, Stretch, outlined, series_of, step_of
from drivers.historian.sink import HistoryDown
from kernel.quality import UNUSABLE

_POINTS: Final = """
SELECT p.name, p.unit, (SELECT min(at_ns) FROM measurements WHERE point = p.id), m.at_ns, m.value, m.quality
FROM points AS p JOIN measurements AS m
  ON m.point = p.id AND m.at_ns = (SELECT max(at_ns) FROM measurements WHERE point = p.id)
ORDER BY p.name, p.unit
"""
_ROWS: Final = """
SELECT at_ns, value, quality, available_at_ns FROM measurements
WHERE point = (SELECT id FROM points WHERE name = ? AND unit = ?) AND at_ns >= ? AND at_ns < ? ORDER BY at_ns
"""
_OUTLINE: Final = """
SELECT (at_ns - :start) / :step AS place, min(CASE WHEN quality & :bad = 0 THEN value END),
       avg(CASE WHEN quality & :bad = 0 THEN value END), max(CASE WHEN quality & :bad = 0 THEN value END),
       count(*), sum(quality & :bad = 0)
FROM measurements
WHERE point = (SELECT id FROM points WHERE name = :name AND unit = :unit) AND at_ns >= :start AND at_ns < :end
GROUP BY place
"""
_GAPS: Final = (
    "SELECT rows, first_ns, last_ns FROM gaps WHERE last_ns >= ? AND first_ns < ? ORDER BY first_ns"
)


class SqliteReader:
    """Reads `history.sqlite`; it cannot write, and it waits for nobody who does."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            FileNotFoundError: there is none.
        """
        if not path.is_file():
            raise FileNotFoundError(f"no history in {path}")
        with _answers(path):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        self._path = path

    def points(self) -> tuple[KeptSeries, ...]:
        """Return every series that has rows, by name and unit."""
        return series_of(self._all(_POINTS))

    def rows(self, column: Column, *, start_ns: int, end_ns: int) -> Iterator[Stretch]:
        """Give the rows from `start_ns` to before `end_ns`, some at a time, oldest first."""
        with _answers(self._path):
            cursor = self._connection.execute(_ROWS, (column.name, column.unit, start_ns, end_ns))
        try:
            while found := self._next(cursor):
                at, value, quality, known = zip(*found, strict=True)
                yield Stretch(
                    column=column,
                    at_ns=np.array(at, dtype=np.int64),
                    value=np.array(value, dtype=np.float64),
                    quality=np.array(quality, dtype=np.uint16),
                    available_at_ns=np.array(known, dtype=np.int64),
                )
        finally:
            cursor.close()

    def outline(self, column: Column, *, start_ns: int, end_ns: int, count: int) -> Outline:
        """Return `count` equal intervals that cover `start_ns` to `end_ns`."""
        step_ns = step_of(start_ns, end_ns, count)
        question = {
            "name": column.name,
            "unit": column.unit,
            "start": start_ns,
            "end": start_ns + step_ns * count,
            "step": step_ns,
            "bad": UNUSABLE,
        }
        return outlined(column, start_ns, step_ns, count, self._all(_OUTLINE, question))

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Return what was lost before it got here and touches the time asked for."""
        return tuple(Gap(*row) for row in self._all(_GAPS, (start_ns, end_ns)))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _next(self, cursor: sqlite3.Cursor) -> list[Any]:
        with _answers(self._path):  # SQLite reads the file only now
            return cursor.fetchmany(CHUNK_ROWS)

    def _all(self, query: str, question: Any = ()) -> list[Any]:
        with _answers(self._path):
            return self._connection.execute(query, question).fetchall()


@contextmanager
def _answers(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into a finding."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise HistoryDown(f"{path}: {error}") from error

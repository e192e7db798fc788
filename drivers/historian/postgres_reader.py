"""Reading the history of a site out of PostgreSQL, plain or with TimescaleDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from drivers.historian.batch import Column, Gap
from drivers.historian.copy_out import read_rows
from drivers.historian.database import with_password, with_time_limits
from drivers.historian.reader import CHUNK_ROWS, KeptSeries, Outline, Stretch, outlined, series_of, step_of
from drivers.historian.sink import HistoryDown
from kernel.quality import UNUSABLE

DEADLINE_S: Final = 60.0
"""Time that one question may take: a year of a fast point is more than a page waits for."""
_US: Final = "(extract(epoch FROM {}) * 1000000)::bigint"
_AT: Final = "timestamptz 'epoch' + {} * interval '1 microsecond'"
_POINTS: Final = f"""
SELECT p.name, p.unit, {_US.format("f.at")} * 1000, {_US.format("l.at")} * 1000, l.value, l.quality
FROM points AS p
CROSS JOIN LATERAL (SELECT at FROM measurements WHERE point = p.id ORDER BY at LIMIT 1) AS f
CROSS JOIN LATERAL
    (SELECT at, value, quality FROM measurements WHERE point = p.id ORDER BY at DESC LIMIT 1) AS l
ORDER BY p.name, p.unit
"""  # noqa: S608  no outside text: only the expressions above
_ROWS: Final = f"""
COPY (SELECT at, value, quality, available_at FROM measurements WHERE point = {{}}
      AND at >= {_AT.format("{}")} AND at < {_AT.format("{}")} ORDER BY at) TO STDOUT (FORMAT BINARY)
"""  # noqa: S608  COPY takes no parameters; only whole numbers are put in
_OUTLINE: Final = f"""
SELECT ({_US.format("at")} - %(start)s) / %(step)s AS place,
       min(value) FILTER (WHERE good), avg(value) FILTER (WHERE good), max(value) FILTER (WHERE good),
       count(*), count(*) FILTER (WHERE good)
FROM (SELECT at, value, quality & %(bad)s = 0 AS good FROM measurements WHERE point = %(point)s
      AND at >= {_AT.format("%(start)s")} AND at < {_AT.format("%(end)s")}) AS asked
GROUP BY place
"""  # noqa: S608  no outside text: only the expressions above
_GAPS: Final = (
    "SELECT rows, first_ns, last_ns FROM gaps WHERE last_ns >= %s AND first_ns < %s ORDER BY first_ns"
)
_ID: Final = "SELECT id FROM points WHERE name = %s AND unit = %s"
_MICROSECOND: Final = 1000


class PostgresReader:
    """Reads a history database; the session is read-only, and every question has a deadline."""

    def __init__(self, dsn: str, *, deadline_s: float = DEADLINE_S, password_file: str = "") -> None:
        """Connect.

        Raises:
            HistoryDown: nobody answers there, or it is no history.
        """
        with _answers():
            conninfo = with_password(with_time_limits(dsn, deadline_s), password_file)
            self._connection = psycopg.connect(conninfo, autocommit=True)
            self._connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")

    def points(self) -> tuple[KeptSeries, ...]:
        """Return every series that has rows, by name and unit."""
        return series_of(self._all(_POINTS))

    def rows(self, column: Column, *, start_ns: int, end_ns: int) -> Iterator[Stretch]:
        """Give the rows from `start_ns` to before `end_ns`, some at a time, oldest first."""
        number = self._id(column)
        if number is None:
            return
        # A time between two microseconds counts as the later one, as in the historian.
        question = _ROWS.format(number, -(-start_ns // _MICROSECOND), -(-end_ns // _MICROSECOND))
        with _answers(), self._connection.cursor() as cursor, cursor.copy(question) as copy:
            for found in read_rows(copy, CHUNK_ROWS):
                yield Stretch(
                    column=column,
                    at_ns=found.at_ns,
                    value=found.value,
                    quality=found.quality,
                    available_at_ns=found.available_at_ns,
                )

    def outline(self, column: Column, *, start_ns: int, end_ns: int, count: int) -> Outline:
        """Return `count` equal intervals that cover `start_ns` to `end_ns`, begun at a whole microsecond."""
        begin_us, step_ns = start_ns // _MICROSECOND, step_of(start_ns, end_ns, count, least_ns=_MICROSECOND)
        step_us = step_ns // _MICROSECOND
        question = {
            "point": self._id(column),
            "start": begin_us,
            "end": begin_us + step_us * count,
            "step": step_us,
            "bad": UNUSABLE,
        }
        return outlined(column, begin_us * _MICROSECOND, step_ns, count, self._all(_OUTLINE, question))

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Return what was lost before it got here and touches the time asked for."""
        return tuple(Gap(*row) for row in self._all(_GAPS, (start_ns, end_ns)))

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _id(self, column: Column) -> int | None:
        found = self._all(_ID, (column.name, column.unit))
        return int(found[0][0]) if found else None

    def _all(self, query: str, question: Any = None) -> list[Any]:
        with _answers():
            return self._connection.execute(query.encode(), question).fetchall()


@contextmanager
def _answers() -> Iterator[None]:
    """Turn what psycopg says into a finding in one line."""
    try:
        yield
    except (psycopg.Error, OSError) as error:
        raise HistoryDown(" ".join(str(error).split()) or type(error).__name__) from error

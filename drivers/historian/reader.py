"""Reading history: the role that an archive plays for people, exports and analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.historian.batch import Column, Gap
from kernel.measurement import Times, Values
from kernel.quality import Quality

CHUNK_ROWS = 100_000
"""Rows that are in memory at a time while an archive is read."""


class KeptSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One series that an archive keeps, with its newest row."""

    column: Column
    first_ns: int
    """Time of its oldest row, nanoseconds since 1970 UTC."""
    last_ns: int
    last_value: float
    last_quality: int


def series_of(rows: Iterable[Sequence[Any]]) -> tuple[KeptSeries, ...]:
    """Return the series of rows of name, unit, first and last time, last value and last quality."""
    return tuple(
        KeptSeries(
            column=Column(name, unit),
            first_ns=first,
            last_ns=last,
            last_value=value,
            last_quality=quality,
        )
        for name, unit, first, last, value, quality in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """N rows of one series, oldest first, whatever their quality."""

    column: Column
    at_ns: Times
    value: Values
    quality: Quality
    available_at_ns: Times

    def __len__(self) -> int:
        return len(self.at_ns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outline:
    """The outline of a series in N equal intervals: what a plot shows of however many rows.

    A hole is an interval whose `good` is 0; `low`, `mean` and `high` are 0.0 there.
    """

    column: Column
    start_ns: int
    step_ns: int
    low: Values
    mean: Values
    high: Values
    rows: NDArray[np.int64]
    """Rows of each interval, whatever their quality."""
    good: NDArray[np.int64]
    """Rows of each interval that may be used; the three figures are theirs."""

    @property
    def end_ns(self) -> int:
        """End of the last interval, nanoseconds since 1970 UTC."""
        return self.start_ns + self.step_ns * len(self.mean)


class HistoryReader(Protocol):
    """Reads one archive and changes nothing in it."""

    def points(self) -> tuple[KeptSeries, ...]:
        """Return every series that has rows, by name and unit.

        Raises:
            HistoryDown: the archive does not answer.
        """
        ...

    def rows(self, column: Column, *, start_ns: int, end_ns: int) -> Iterator[Stretch]:
        """Give the rows from `start_ns` to before `end_ns`, some at a time, oldest first.

        Raises:
            HistoryDown: the archive does not answer, or not to the end: also after some rows.
        """
        ...

    def outline(self, column: Column, *, start_ns: int, end_ns: int, count: int) -> Outline:
        """Return `count` equal intervals that cover `start_ns` to `end_ns`."""
        ...

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Return what was lost before it got here and touches the time asked for."""
        ...

    def close(self) -> None:
        """Let go of the archive."""
        ...


def outlined(
    column: Column,
    start_ns: int,
    step_ns: int,
    count: int,
    counted: list[tuple[int, float, float, float, int, int]],
) -> Outline:
    """Lay intervals out as a database counted them: place, least, mean, greatest, rows, good rows."""
    low, mean, high = (np.zeros(count) for _ in range(3))
    rows, good = (np.zeros(count, dtype=np.int64) for _ in range(2))
    for place, least, middle, greatest, many, usable in counted:
        rows[place], good[place] = many, usable
        if usable:
            low[place], mean[place], high[place] = least, middle, greatest
    return Outline(
        column=column, start_ns=start_ns, step_ns=step_ns, low=low, mean=mean, high=high, rows=rows, good=good
    )


def step_of(start_ns: int, end_ns: int, count: int, *, least_ns: int = 1) -> int:
    """Return the length of `count` intervals that cover a time, in whole multiples of `least_ns`.

    Raises:
        ValueError: the time is empty, or there are no intervals to cut it into.

    >>> step_of(0, 100, 3, least_ns=10)
    40
    """
    if end_ns <= start_ns or count < 1:
        raise ValueError(f"{count} intervals from {start_ns} to {end_ns}")
    return -(-(end_ns - start_ns) // (count * least_ns)) * least_ns

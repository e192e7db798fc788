"""The time that a question about history means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from drivers.historian.reader import KeptSeries
from kernel.point import NANOSECONDS

Moment = datetime | str | int | np.datetime64 | None
"""A time zone aware `datetime`, ISO 8601 text, nanoseconds since 1970 UTC; a time without zone is UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to before another, nanoseconds since 1970 UTC."""

    start_ns: int
    end_ns: int


class NoRows(LookupError):
    """Nothing was kept of what was asked for; the message says what is there."""


def nanoseconds_of(moment: datetime | str | int | np.datetime64) -> int:
    """Return a moment in nanoseconds since 1970 UTC.

    >>> nanoseconds_of("1970-01-01T01:00:00+01:00"), nanoseconds_of("1970-01-01T00:00:01"), nanoseconds_of(7)
    (0, 1000000000, 7)

    Raises:
        ValueError: the text is no time.
    """
    if isinstance(moment, int):
        return moment
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[ns]").astype(np.int64))
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    elapsed = at - datetime(1970, 1, 1, tzinfo=UTC)
    return ((elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds) * 1000


def span_of(kept: Sequence[KeptSeries], start: Moment, end: Moment, *, last_s: float | None = None) -> Span:
    """Return the time meant: all that is kept, cut by what was said.

    Args:
        kept: the series asked for.
        start: first moment; None begins with the oldest row.
        end: moment before which it ends; None ends behind the newest row.
        last_s: seconds before the end at which it begins, in place of `start`.

    Raises:
        NoRows: nothing is kept, or the time is empty.
    """
    if not kept:
        raise NoRows("the history has no such series")
    oldest, newest = min(one.first_ns for one in kept), max(one.last_ns for one in kept)
    end_ns = newest + 1 if end is None else nanoseconds_of(end)
    start_ns = oldest if start is None else nanoseconds_of(start)
    if last_s is not None:
        start_ns = end_ns - round(last_s * NANOSECONDS)
    if start_ns >= end_ns:
        raise NoRows(
            f"no time from {_text(start_ns)} to {_text(end_ns)}; kept is {_text(oldest)} to {_text(newest)}"
        )
    return Span(start_ns, end_ns)


def _text(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / NANOSECONDS, UTC).isoformat(timespec="seconds")

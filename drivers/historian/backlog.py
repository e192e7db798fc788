"""The backlog: how much of an outbox a reader has not taken."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from drivers.historian.segment import bytes_of, is_damage, open_segment, segment_path, segments_in
from drivers.historian.taken import Taken
from drivers.historian.walk import numbers_in

_COUNT: Final = """
SELECT coalesce(sum(rows), 0), coalesce(min(first_ns), 0), coalesce(max(last_ns), 0) FROM appends
WHERE number > ? AND number <= ?
"""
_NONE: Final = (0, 0, 0)
_Counted = tuple[int, int, int]


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader has not taken yet."""

    rows: int
    oldest_ns: int
    """Time of the oldest row not taken; 0 where there is none."""
    newest_ns: int
    """Time of the newest row not taken; 0 where there is none."""

    @property
    def seconds(self) -> float:
        """Time between the oldest and the newest row not taken, seconds."""
        return (self.newest_ns - self.oldest_ns) / 1e9


class Counter:
    """Counts rows that are not taken; remembers what closed segments hold, so that a day costs little."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[tuple[int, int, int, int], _Counted] = {}
        """By segment, its size and the numbers that count."""

    def behind(self, taken: Taken) -> Behind:
        """Count what is not taken."""
        there = segments_in(self._directory)
        found: dict[tuple[int, int, int, int], _Counted] = {}
        for segment in there:
            for after, until in taken.open:
                numbers = numbers_in(segment, after, until)
                if numbers is not None:
                    key = (segment, bytes_of(self._directory, segment), *numbers)
                    known = self._known.get(key) if segment != there[-1] else None
                    found[key] = known or self._count(segment, numbers)
        self._known = found
        counted = [one for one in found.values() if one[0]]
        return Behind(
            rows=sum(rows for rows, _, _ in counted),
            oldest_ns=min((first for _, first, _ in counted), default=0),
            newest_ns=max((last for _, _, last in counted), default=0),
        )

    def close(self) -> None:
        """Forget what is known."""
        self._known.clear()

    def _count(self, segment: int, numbers: tuple[int, int]) -> _Counted:
        path = segment_path(self._directory, segment)
        try:
            with closing(open_segment(path)) as connection:
                counted: _Counted = connection.execute(_COUNT, numbers).fetchone()
        except sqlite3.DatabaseError as error:
            if not is_damage(error) and path.exists():
                raise
            return _NONE  # deleted meanwhile, or damaged: the reader will say so
        return counted

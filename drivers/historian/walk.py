"""Walking through the segments of an outbox: the appends of a stretch, read in order."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from drivers.historian import columns, documents
from drivers.historian.batch import Batch, Column, Gap, Place
from drivers.historian.segment import columns_in, is_damage, open_segment, segment_path, segments_in
from kernel.measurement import Block
from kernel.ports import Published

_LAST: Final = (1 << 63) - 1
"""Greater than any number of an append."""
_NEXT: Final = """
SELECT number, rows, lost_rows, coalesce(lost_first_ns, 0), coalesce(lost_last_ns, 0), documents, blocks
FROM appends WHERE number > ? AND number <= ? ORDER BY number
"""
_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a look at a stretch of the outbox gave."""

    batch: Batch | None
    """The oldest appends of the stretch; None where it holds none."""
    passed: Place
    """Up to here there is nothing before the batch, and never will be."""


def numbers_in(segment: int, after: Place, until: Place | None) -> tuple[int, int] | None:
    """Return after which and up to which number a segment lies inside a stretch; None where it does not.

    >>> numbers_in(2, Place(1, 7), Place(2, 9)), numbers_in(1, Place(1, 7), Place(2, 9))[0]
    ((0, 9), 7)
    """
    if segment < after.segment or (until is not None and segment > until.segment):
        return None
    low = after.number if segment == after.segment else 0
    high = until.number if until is not None and segment == until.segment else _LAST
    return (low, high) if high > low else None


class Walk:
    """Reads stretches of an outbox; keeps the segment that it reads open."""

    def __init__(self, directory: Path, reader: str) -> None:
        self.damaged_segments = 0
        """Segments that could not be read and were renamed to `.damaged`."""
        self._directory, self._reader = directory, reader
        self._open: tuple[int, sqlite3.Connection, tuple[Column, ...]] | None = None

    def next_after(self, after: Place, until: Place | None, *, most_rows: int) -> Found:
        """Return the oldest appends after a place, at least one and about `most_rows` rows.

        Args:
            after: where the stretch begins; the append at it is not part of it.
            until: where it ends, with the append at it; None where it has no end yet.
            most_rows: the batch ends with the append that reaches so many.
        """
        there = segments_in(self._directory)  # listed first: a segment with a younger one is complete
        passed = after
        for segment in there:
            numbers = numbers_in(segment, after, until)
            if numbers is None:
                continue
            complete = segment != there[-1]
            batch = self._read(segment, numbers, most_rows=most_rows, complete=complete)
            if batch is not None:
                return Found(batch, passed)
            if complete:
                passed = max(passed, Place(segment + 1, 0))
        return Found(None, passed if until is None else until)

    def newest(self) -> Place | None:
        """Return the place of the newest append; None where there is none in the newest segment."""
        there = segments_in(self._directory)
        if not there:
            return None
        row = self._asked(there[-1], "SELECT max(number) FROM appends", ())
        return Place(there[-1], row[0]) if row is not None and row[0] else None

    def has_more(self, after: Place, than: int) -> bool:
        """Tell whether more than so many appends lie after a place."""
        count = 0
        for segment in reversed(segments_in(self._directory)):
            numbers = numbers_in(segment, after, None)
            if numbers is None:
                break
            question = "SELECT count(*) FROM (SELECT 1 FROM appends WHERE number > ? LIMIT ?)"
            row = self._asked(segment, question, (numbers[0], than + 1 - count))
            count += row[0] if row is not None else 0
            if count > than:
                return True
        return False

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _asked(self, segment: int, question: str, values: tuple[int, ...]) -> tuple[int, ...] | None:
        try:
            connection, _ = self._connect(segment)
            found: tuple[int, ...] = connection.execute(question, values).fetchone()
        except sqlite3.DatabaseError as error:
            if not is_damage(error) and segment_path(self._directory, segment).exists():
                raise
            self.close()  # `next_after` will say so
            return None
        return found

    def _read(
        self, segment: int, numbers: tuple[int, int], *, most_rows: int, complete: bool
    ) -> Batch | None:
        try:
            return self._gather(segment, numbers, most_rows)
        except sqlite3.DatabaseError as error:
            if not segment_path(self._directory, segment).exists():
                return None  # the writer deleted it meanwhile, and told of its gap in the next one
            if not is_damage(error):
                raise
            self.close()
            if complete:  # the newest one is the writer's, who leaves it for a new one
                path = segment_path(self._directory, segment)
                path.rename(path.with_suffix(".damaged"))
                self.damaged_segments += 1
                _log.error("outbox.segment_damaged", path=str(path), reason=str(error), reader=self._reader)
            return None

    def _gather(self, segment: int, numbers: tuple[int, int], most_rows: int) -> Batch | None:
        connection, table = self._connect(segment)
        number, rows = 0, 0
        blocks: list[Block] = []
        published: list[Published] = []
        gaps: list[Gap] = []
        found: sqlite3.Cursor = connection.execute(_NEXT, numbers)
        for number, count, lost, lost_first, lost_last, docs, body in found:  # noqa: B007 the last one stays
            if lost:
                gaps.append(Gap(lost, lost_first, lost_last))
            blocks.extend(columns.unpack(body) if body else ())
            published.extend(documents.unpack(docs) if docs else ())
            rows += count
            if rows >= most_rows:
                break
        found.close()
        if number == 0:
            return None
        return Batch(
            place=Place(segment, number),
            columns=table,
            blocks=tuple(blocks),
            documents=tuple(published),
            gaps=tuple(gaps),
        )

    def _connect(self, segment: int) -> tuple[sqlite3.Connection, tuple[Column, ...]]:
        if self._open is None or self._open[0] != segment:
            self.close()
            connection = open_segment(segment_path(self._directory, segment))
            try:
                table = columns_in(connection)
            except BaseException:  # whatever it was: nobody else would close it
                connection.close()
                raise
            self._open = (segment, connection, table)
        _, connection, table = self._open
        return connection, table

"""The quota: when the disk share is used up the oldest telemetry goes, counted; documents stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from drivers.historian.batch import Gap, Place
from drivers.historian.segment import bytes_of, delete_segment, open_segment, segment_path
from drivers.historian.taken import Taken

_Row = tuple[int, int, int, int, int, int, int, bool]
_READ = """
SELECT number, rows, coalesce(first_ns, 0), coalesce(last_ns, 0),
       lost_rows, coalesce(lost_first_ns, 0), coalesce(lost_last_ns, 0), documents IS NOT NULL
FROM appends ORDER BY number
"""


def fold_segment(directory: Path, segment: int, readers: Sequence[Taken]) -> int:
    """Drop the telemetry of a closed segment and leave its documents and a record of the gap.

    Runs of dropped appends become one row; a run never crosses an edge of what a reader has taken, so
    that each reader learns of exactly the rows that it did not get.

    Returns:
        Rows dropped that at least one reader had not taken yet.
    """
    readers = readers or [Taken()]
    stops = {edge.number for taken in readers for edge in taken.edges if edge.segment == segment}
    with closing(open_segment(segment_path(directory, segment))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        rows: list[_Row] = connection.execute(_READ).fetchall()
        _fold(connection, rows, stops)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(row[1] for row in rows if not all(taken.holds(Place(segment, row[0])) for taken in readers))


def _fold(connection: sqlite3.Connection, rows: Sequence[_Row], stops: set[int]) -> None:
    gap: Gap | None = None
    for place, (number, kept, first, last, lost, lost_first, lost_last, has_documents) in enumerate(rows):
        if kept:
            gap = Gap(kept, first, last).and_(gap)
        if lost:
            gap = Gap(lost, lost_first, lost_last).and_(gap)
        ends_run = has_documents or number in stops or place == len(rows) - 1
        if not ends_run:
            connection.execute("DELETE FROM appends WHERE number = ?", (number,))
            continue
        record = (gap.rows, gap.first_ns, gap.last_ns) if gap else (0, None, None)
        connection.execute(
            "UPDATE appends SET rows = 0, first_ns = NULL, last_ns = NULL, blocks = NULL,"
            " lost_rows = ?, lost_first_ns = ?, lost_last_ns = ? WHERE number = ?",
            (*record, number),
        )
        gap = None


def carry_on(directory: Path, segment: int, following: int, readers: Sequence[Taken]) -> bool:
    """Move the gap of a folded segment without documents into the following one, and delete the file.

    It is left where a reader stands inside it or at its end: that one would be told of rows it got.
    Should the process end in between, the gap is told twice; it is never told too small.
    """
    edges = (edge for taken in readers for edge in taken.edges)
    if any(Place(segment, 0) < edge < Place(following, 1) for edge in edges):
        return False
    with closing(open_segment(segment_path(directory, segment))) as connection:
        rows: list[_Row] = connection.execute(_READ).fetchall()
        if len(rows) > 1 or any(row[-1] for row in rows):
            return False
        with closing(open_segment(segment_path(directory, following))) as successor:
            for row in rows:
                _add_gap(successor, Gap(*row[4:7]))
    delete_segment(directory, segment)
    return True


def _add_gap(connection: sqlite3.Connection, gap: Gap) -> None:
    number, _, _, _, lost, first, last, _ = connection.execute(_READ + " LIMIT 1").fetchone()
    both = gap.and_(Gap(lost, first, last) if lost else None)
    connection.execute(
        "UPDATE appends SET lost_rows = ?, lost_first_ns = ?, lost_last_ns = ? WHERE number = ?",
        (both.rows, both.first_ns, both.last_ns, number),
    )


def is_folded(directory: Path, segment: int) -> bool:
    """Tell whether a segment holds no telemetry any more."""
    with closing(open_segment(segment_path(directory, segment))) as connection:
        (rows,) = connection.execute("SELECT coalesce(sum(rows), 0) FROM appends").fetchone()
    return int(rows) == 0


def bytes_in(directory: Path, segments: Sequence[int]) -> int:
    """Return what the segments take on disk, bytes."""
    return sum(bytes_of(directory, segment) for segment in segments)

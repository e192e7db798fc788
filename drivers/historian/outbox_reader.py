"""The reader's side of the outbox: batches in order, each until its sink has taken it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import msgspec
import structlog

from drivers.historian import columns, documents
from drivers.historian.batch import Batch, Column, Gap, Place
from drivers.historian.cursor import Cursor, places_in
from drivers.historian.segment import (
    columns_in,
    delete_segment,
    is_damage,
    open_segment,
    segment_path,
    segments_in,
)
from kernel.measurement import Block
from kernel.ports import Published

_NEXT: Final = """
SELECT number, rows, lost_rows, coalesce(lost_first_ns, 0), coalesce(lost_last_ns, 0), documents, blocks
FROM appends WHERE number > ? ORDER BY number
"""
_BEHIND: Final = "SELECT sum(rows), min(first_ns), max(last_ns) FROM appends WHERE number > ?"
_log: Final = structlog.get_logger(__name__)


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


class OutboxReader:
    """Reads an outbox under a name; each name has its own cursor and gets everything, in order."""

    def __init__(self, directory: Path, name: str, *, most_rows: int = 50_000) -> None:
        self.name = name
        self.damaged_segments = 0
        """Segments that could not be read and were renamed to `.damaged`."""
        self._directory = directory
        self._most_rows = most_rows
        directory.mkdir(parents=True, exist_ok=True)
        self._cursor = Cursor(directory, name)
        self._open: tuple[int, sqlite3.Connection, tuple[Column, ...]] | None = None

    def next_batch(self) -> Batch | None:
        """Return the oldest appends not taken yet, at least one and about `most_rows` rows, or None.

        The same batch comes again until `done` or `set_aside` was called with it.
        """
        there = segments_in(self._directory)  # listed first: a segment with a younger one is complete
        for segment in there:
            if segment < self._cursor.place.segment:
                continue
            batch = self._read(segment, complete=segment != there[-1])
            if batch is not None:
                return batch
            if segment != there[-1]:
                self._leave(segment)
        return None

    def done(self, batch: Batch) -> None:
        """Move past a batch: its sink has accepted it.

        Raises:
            ValueError: the batch lies before the cursor, so it was done already.
        """
        self._check_ahead(batch)
        self._cursor.move(batch.place)

    def set_aside(self, batch: Batch, why: str) -> None:
        """Keep a batch that its sink will never accept beside the cursor, and move past it."""
        self._check_ahead(batch)
        self._cursor.set_aside(batch, why)

    @property
    def refused(self) -> int:
        """Number of batches that were set aside."""
        return self._cursor.refused

    def behind(self) -> Behind:
        """Count what is not taken yet."""
        rows, oldest, newest = 0, 0, 0
        for segment in segments_in(self._directory):
            if segment < self._cursor.place.segment:
                continue
            try:
                connection, _ = self._connect(segment)
                count, first, last = connection.execute(_BEHIND, (self._after(segment),)).fetchone()
            except sqlite3.DatabaseError as error:
                if not is_damage(error) and segment_path(self._directory, segment).exists():
                    raise
                continue  # `next_batch` will say so
            if count:
                rows += count
                oldest = min(oldest or first, first)
                newest = max(newest, last)
        return Behind(rows=rows, oldest_ns=oldest, newest_ns=newest)

    def close(self) -> None:
        """Let go of the files; the cursor stays where it is."""
        self._disconnect()
        self._cursor.close()

    def _after(self, segment: int) -> int:
        return self._cursor.place.number if segment == self._cursor.place.segment else 0

    def _check_ahead(self, batch: Batch) -> None:
        if batch.place <= self._cursor.place:
            raise ValueError(f"batch {batch.place} is not ahead of the cursor {self._cursor.place}")

    def _read(self, segment: int, *, complete: bool) -> Batch | None:
        try:
            return self._gather(segment)
        except sqlite3.DatabaseError as error:
            if not segment_path(self._directory, segment).exists():
                return None  # the writer deleted it meanwhile, and told of its gap in the next one
            if not is_damage(error):
                raise
            self._disconnect()
            if complete:  # the newest one is the writer's, who leaves it for a new one
                path = segment_path(self._directory, segment)
                path.rename(path.with_suffix(".damaged"))
                self.damaged_segments += 1
                _log.error("outbox.segment_damaged", path=str(path), reason=str(error), reader=self.name)
            return None

    def _gather(self, segment: int) -> Batch | None:
        connection, table = self._connect(segment)
        number, rows = 0, 0
        blocks: list[Block] = []
        published: list[Published] = []
        gaps: list[Gap] = []
        found: sqlite3.Cursor = connection.execute(_NEXT, (self._after(segment),))
        for number, count, lost, lost_first, lost_last, docs, body in found:  # noqa: B007 the last one stays
            if lost:
                gaps.append(Gap(lost, lost_first, lost_last))
            blocks.extend(columns.unpack(body) if body else ())
            published.extend(documents.unpack(docs) if docs else ())
            rows += count
            if rows >= self._most_rows:
                break
        found.close()
        if number == 0:
            return None
        place = Place(segment, number)
        return Batch(
            place=place, columns=table, blocks=tuple(blocks), documents=tuple(published), gaps=tuple(gaps)
        )

    def _connect(self, segment: int) -> tuple[sqlite3.Connection, tuple[Column, ...]]:
        if self._open is None or self._open[0] != segment:
            self._disconnect()
            connection = open_segment(segment_path(self._directory, segment))
            try:
                table = columns_in(connection)
            except BaseException:  # whatever it was: nobody else would close it
                connection.close()
                raise
            self._open = (segment, connection, table)
        _, connection, table = self._open
        return connection, table

    def _disconnect(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _leave(self, segment: int) -> None:
        """Go on to the next segment; the last reader to leave one deletes it."""
        self._disconnect()
        self._cursor.move(Place(segment + 1, 0))
        if all(place.segment > segment for place in places_in(self._directory)):
            delete_segment(self._directory, segment)

"""The outbox: what the gateway has to tell, on disk until every sink has taken it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Final

import structlog

from drivers.historian import columns, documents
from drivers.historian.batch import Batch, Column, Gap, Place, columns_of, gap_of
from drivers.historian.cursor import all_taken
from drivers.historian.outbox_reader import OutboxReader
from drivers.historian.quota import bytes_in, carry_on, fold_segment, is_folded
from drivers.historian.segment import (
    create_segment,
    delete_segment,
    is_damage,
    open_segment,
    segment_path,
    segments_in,
)
from drivers.historian.taken import Taken
from kernel.measurement import Block
from kernel.point import Point
from kernel.ports import Published

__all__ = ["Batch", "Column", "Gap", "Outbox", "OutboxBusy", "OutboxReader", "OutboxUnwritable", "Place"]

_SMALLEST_QUOTA_SEGMENTS: Final = 4
_INSERT: Final = "INSERT INTO appends VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_log: Final = structlog.get_logger(__name__)


class OutboxBusy(RuntimeError):
    """Another process writes this outbox."""


class OutboxUnwritable(RuntimeError):
    """The disk took nothing: the rows are counted as a gap, the documents are the caller's to repeat."""


class Outbox:
    """Writes telemetry and documents in order; one writer a directory.

    An append that returned survives the end of the process by any signal. After a power cut at most
    the last `sync_every` appends without documents are missing; an append with documents is on the
    disk when it returns, and everything before it too. The outbox of a run that is repeated from its seed
    need not survive a power cut: it waits for no disk, and what is missing then is a tail.
    """

    def __init__(
        self,
        directory: Path,
        points: Sequence[Point],
        *,
        quota_bytes: int = 1 << 30,
        segment_bytes: int = 8 << 20,
        sync_every: int = 10,
        durable: bool = True,
    ) -> None:
        if quota_bytes < _SMALLEST_QUOTA_SEGMENTS * segment_bytes:
            raise ValueError(
                f"quota of {quota_bytes} bytes; needs {_SMALLEST_QUOTA_SEGMENTS} x {segment_bytes}"
            )
        self.dropped_rows = 0
        """Rows dropped by the quota before every reader had them, since this writer began."""
        self._directory = directory
        self._columns = columns_of(points)
        self._quota_bytes, self._segment_bytes, self._sync_every = quota_bytes, segment_bytes, sync_every
        self._durable = durable
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(directory)
        self._connection: sqlite3.Connection | None = None
        self._segment = self._number = self._written_bytes = 0
        self._unwritten: Gap | None = None
        self._unwritable = False

    @property
    def place(self) -> Place:
        """Place of the newest append."""
        return Place(self._segment, self._number)

    def append(self, blocks: Sequence[Block], documents_: Sequence[Published] = ()) -> None:
        """Keep blocks and documents; when this returns, a killed process loses nothing of them.

        Raises:
            OutboxUnwritable: the disk refused. The rows go into a gap that the next append records.
        """
        if not blocks and not documents_:
            return
        try:
            self._write(blocks, documents_)
        except (sqlite3.DatabaseError, OSError) as error:
            self._unwritten = gap_of(blocks, self._unwritten)
            if isinstance(error, sqlite3.Error) and is_damage(error):
                self._let_go()
            self._say_unwritable(error)
            raise OutboxUnwritable(f"{self._directory}: {error}") from error
        if self._unwritable:
            self._unwritable = False
            _log.info("outbox.writable_again", directory=str(self._directory))

    def lost(self, gap: Gap | None) -> None:
        """Take note of rows that were lost before they could be appended; the next append records them."""
        if gap is not None:
            self._unwritten = gap.and_(self._unwritten)

    def close(self) -> None:
        """Record what is lost and not recorded yet, close the segment and let another writer in."""
        if self._unwritten is not None:
            self._record(self._unwritten)
        self._let_go()
        os.close(self._lock)

    def _record(self, gap: Gap) -> None:
        """Write a gap by itself; a disk that refuses this too leaves the log as its only record."""
        try:
            self._write((), ())
        except (sqlite3.DatabaseError, OSError) as error:
            span = {"rows": gap.rows, "first_ns": gap.first_ns, "last_ns": gap.last_ns}
            _log.error("outbox.gap_unrecorded", directory=str(self._directory), reason=str(error), **span)

    def _let_go(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with closing(connection):  # a reader may have the file open: then only this empties the log
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _write(self, blocks: Sequence[Block], documents_: Sequence[Published]) -> None:
        connection = self._connection
        if connection is None or self._written_bytes >= self._segment_bytes:
            connection = self._rotate()
        number, lost = self._number + 1, self._unwritten
        span = gap_of(blocks)
        row = (
            number,
            *((span.rows, span.first_ns, span.last_ns) if span else (0, None, None)),
            *((lost.rows, lost.first_ns, lost.last_ns) if lost else (0, None, None)),
            documents.pack(documents_) if documents_ else None,
            columns.pack(blocks) if span else None,
        )
        durable = self._durable and (bool(documents_) or number % self._sync_every == 0)
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute(_INSERT, row)
        self._number, self._unwritten = number, None
        self._written_bytes += len(row[-1] or b"") + len(row[-2] or b"")

    def _rotate(self) -> sqlite3.Connection:
        """Begin a new segment; an earlier one, of this run or another, is never written again."""
        self._let_go()
        there, readers = segments_in(self._directory), all_taken(self._directory)
        # A cursor may be ahead of the files after a power cut: a number is never used twice.
        newest = max([*there, *(taken.live.segment for taken in readers), self._segment], default=0)
        create_segment(self._directory, newest + 1, self._columns)
        connection = open_segment(segment_path(self._directory, newest + 1))
        self._connection, self._segment, self._number, self._written_bytes = connection, newest + 1, 0, 0
        self._keep_quota(there, readers)
        return connection

    def _keep_quota(self, closed: Sequence[int], readers: Sequence[Taken]) -> None:
        over = {segment for segment in closed if readers and all(one.is_past(segment) for one in readers)}
        for segment in over:
            delete_segment(self._directory, segment)
        left = [segment for segment in closed if segment not in over]
        for segment, following in pairwise(left):
            if bytes_in(self._directory, left) <= self._quota_bytes - self._segment_bytes:
                return
            readers = all_taken(self._directory)  # they move meanwhile
            if not is_folded(self._directory, segment):
                dropped = fold_segment(self._directory, segment, readers)
                self.dropped_rows += dropped
                _log.warning("outbox.telemetry_dropped", segment=segment, rows=dropped)
            carry_on(self._directory, segment, following, readers)

    def _say_unwritable(self, error: Exception) -> None:
        if not self._unwritable:
            self._unwritable = True
            _log.error("outbox.unwritable", directory=str(self._directory), reason=str(error))


def _lock(directory: Path) -> int:
    handle = os.open(directory / "writer.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise OutboxBusy(f"{directory} has another writer") from None
    return handle

"""The reader's side of the outbox: the newest first after an outage, the backlog in order behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.historian.backlog import Behind, Counter
from drivers.historian.batch import Batch, Place
from drivers.historian.cursor import Cursor, all_taken
from drivers.historian.quarantine import Quarantine, Refusal
from drivers.historian.segment import delete_segment, segments_in
from drivers.historian.taken import Taken
from drivers.historian.walk import Walk

BEHIND_APPENDS: Final = 16
"""A reader that is further behind than this takes the newest first; a gateway appends about once a second."""


class OutboxReader:
    """Reads an outbox under a name; each name has its own cursor and gets everything.

    Two lanes: the live one takes what is appended, in order. A reader that fell behind leaves the rest
    to the backlog lane, which takes it from the oldest on, in order too, until it meets the live one.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        *,
        most_rows: int = 50_000,
        behind_appends: int = BEHIND_APPENDS,
    ) -> None:
        self.name = name
        self._directory = directory
        self._most_rows, self._behind_appends = most_rows, behind_appends
        directory.mkdir(parents=True, exist_ok=True)
        self._cursor = Cursor(directory, name)
        self._live, self._backlog = Walk(directory, name), Walk(directory, name)
        self._counter = Counter(directory)

    @property
    def taken(self) -> Taken:
        """What was taken."""
        return self._cursor.taken

    @property
    def quarantine(self) -> Quarantine:
        """What the sink refused."""
        return self._cursor.quarantine

    @property
    def damaged_segments(self) -> int:
        """Segments that could not be read and were renamed to `.damaged`."""
        return self._live.damaged_segments + self._backlog.damaged_segments

    def next_batch(self) -> Batch | None:
        """Return the next of the live lane, else of the backlog, or None.

        The same batch comes again until `done` was called with it.
        """
        return self.next_live() or self.next_backlog()

    def next_live(self) -> Batch | None:
        """Return the oldest appends that the live lane has not taken, or None.

        Where the lane is far behind, and one batch does not bring it to the newest append, it jumps there.
        """
        batch = self._following()
        if batch is not None and self._is_far_behind(batch):
            self._jump()
            batch = self._following()
        return batch

    def next_backlog(self, most_rows: int | None = None) -> Batch | None:
        """Return the oldest appends of the backlog, or None where there is no backlog any more."""
        rows = self._most_rows if most_rows is None else most_rows
        while (until := self.taken.backlog_until) is not None:
            place = self.taken.place
            if place == until:  # nothing lies between: the reader began at the newest
                self._pass_by(Taken(self.taken.ahead[0].upto, self.taken.ahead[1:]))
                continue
            found = self._backlog.next_after(place, until, most_rows=rows)
            if found.passed > place:
                self._pass_by(self.taken.backlog_to(min(found.passed, until)))
            if found.batch is not None:
                newest = self._cursor.newest
                return replace(found.batch, after=self.taken.place, historical=True, superseded=newest)
        return None

    def done(self, batch: Batch, refused: Sequence[Refusal] = ()) -> None:
        """Move past a batch: its sink has accepted all of it but what is to be set aside.

        Raises:
            ValueError: the batch is not the next one of its lane, so it was done already.
        """
        taken = self.taken
        if batch.after != (taken.place if batch.historical else taken.live):
            raise ValueError(f"batch after {batch.after} is not ahead of the cursor {taken.live}")
        moved = taken.backlog_to(batch.place) if batch.historical else taken.live_to(batch.place)
        self._cursor.move(moved, batch=batch, refused=refused)

    def behind(self) -> Behind:
        """Count what is not taken yet."""
        return self._counter.behind(self.taken)

    def close(self) -> None:
        """Let go of the files; the cursor stays where it is."""
        for part in (self._live, self._backlog, self._counter, self._cursor):
            part.close()

    def _following(self) -> Batch | None:
        """Return what lies behind the live lane, and move past what will never hold anything."""
        while True:
            taken = self.taken
            found = self._live.next_after(taken.live, None, most_rows=self._most_rows)
            if found.passed > taken.live:
                self._pass_by(taken.live_to(found.passed))
            if found.batch is not None or found.passed == taken.live:
                return found.batch and replace(found.batch, after=self.taken.live)

    def _is_far_behind(self, batch: Batch) -> bool:
        live, than = self.taken.live, self._behind_appends
        return self._live.has_more(batch.place, 0) and self._live.has_more(live, than)

    def _jump(self) -> None:
        """Leave everything but the newest append to the backlog."""
        newest = self._live.newest()
        if newest is not None:
            jumped = self.taken.jumped(Place(newest.segment, newest.number - 1))
            if jumped is not self.taken:
                self._cursor.move(jumped)

    def _pass_by(self, taken: Taken) -> None:
        """Move on where there is nothing; segments that every reader has taken whole are deleted."""
        self._cursor.move(taken)
        readers = all_taken(self._directory)
        for segment in segments_in(self._directory)[:-1]:  # the newest is the writer's
            if all(one.is_past(segment) for one in readers):
                delete_segment(self._directory, segment)

"""Deliveries: one reader of the outbox and the one sink it feeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, assert_never

import msgspec
import structlog

from drivers.historian.batch import Batch, Gap, batch_of
from drivers.historian.outbox_reader import OutboxReader
from drivers.historian.pace import Pace
from drivers.historian.quarantine import Kept
from drivers.historian.sink import Down, Refused, Sink, Stored, Tended
from drivers.historian.split import Split
from kernel.shell.clock import stopwatch_ns

LIVE_IN_A_ROW: Final = 8
"""Batches of the live lane after which the backlog has its turn, so that it always gets on."""
_log: Final = structlog.get_logger(__name__)


class Moved(StrEnum):
    """What one step of a delivery did."""

    ON = "on"
    """Something left the outbox or was refused; there may be more."""
    IDLE = "idle"
    """Nothing is waiting."""
    HELD = "held"
    """The sink is away; the batch waits."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one sink keeps up."""

    sink: str
    up: bool
    why_down: str
    behind_rows: int
    behind_s: float
    """Time between the oldest row not taken and the newest, seconds."""
    rows: int
    """Rows taken by the sink since this process began."""
    documents: int
    lost_rows: int
    """Rows that the outbox had dropped before this sink got them."""
    refused_batches: int
    """Entries in the quarantine: what the sink refuses."""
    refused_rows: int = 0
    refused_documents: int = 0
    is_draining: bool = False
    """Newer rows go first; a backlog follows in order."""


class Delivery:
    """Moves batches from one reader to one sink, each until it is answered for; live ones go first.

    A backlog is offered in batches that take the sink no longer than `Pace.longest_s`, and never while
    something newer waits, except once after every `LIVE_IN_A_ROW` batches: a live row waits for one
    backlog batch at most.
    """

    def __init__(
        self, reader: OutboxReader, sink: Sink, *, stopwatch_ns: Callable[[], int] = stopwatch_ns
    ) -> None:
        self.failures = 0
        """Failures of the sink in a row."""
        self._reader, self._sink = reader, sink
        self._stopwatch_ns = stopwatch_ns
        self._pace = Pace(most_rows=sink.most_rows)
        self._live: Split | None = None
        self._backlog: Split | None = None
        self._again: tuple[Kept, Split] | None = None
        self._refused_gaps: tuple[int, ...] = ()
        """Gaps of the quarantine that the sink has refused: they wait there for a new start."""
        self._live_in_a_row = 0
        self._why_down = ""
        self._rows = self._documents = self._lost_rows = 0

    async def step(self) -> Moved:
        """Offer the sink what comes next."""
        split = self._next()
        if split is None:
            return await self._offer_again()
        answer, took_s = await self._offer(split)
        if isinstance(answer, Down):
            self._live, self._backlog = _kept(self._live), _kept(self._backlog)
            return Moved.HELD
        if split.batch.historical:
            self._live_in_a_row = 0
            self._pace.took(split.batch.rows, took_s)
        else:
            self._live_in_a_row += 1
        if split.part is None:
            self._finish(split)
        return Moved.ON

    def standing(self) -> Standing:
        """Return how the sink keeps up."""
        behind, held = self._reader.behind(), self._reader.quarantine.held()
        return Standing(
            sink=self._sink.name,
            up=not self.failures,
            why_down=self._why_down,
            behind_rows=behind.rows,
            behind_s=behind.seconds,
            rows=self._rows,
            documents=self._documents,
            lost_rows=self._lost_rows,
            refused_batches=held.entries,
            refused_rows=held.rows,
            refused_documents=held.documents,
            is_draining=bool(self._reader.taken.ahead),
        )

    async def close(self) -> None:
        """Close reader and sink."""
        self._reader.close()
        await self._sink.close()

    def _next(self) -> Split | None:
        """Choose: the live lane, unless it had its share and the backlog waits."""
        if self._live_in_a_row >= LIVE_IN_A_ROW and (split := self._next_backlog()):
            return split
        if self._live is None and (batch := self._reader.next_live()):
            self._live = Split(batch)
        return self._live or self._next_backlog()

    def _next_backlog(self) -> Split | None:
        if self._backlog is None and (batch := self._reader.next_backlog(self._pace.rows)):
            self._backlog = Split(batch)
        return self._backlog

    async def _offer(self, split: Split) -> tuple[Stored | Down | Refused, float]:
        part = split.part
        assert part is not None, "a split without parts is finished"  # noqa: S101
        began_ns = self._stopwatch_ns()
        answer = await self._sink.accept(part)
        took_s = (self._stopwatch_ns() - began_ns) / 1e9
        match answer:
            case Stored():
                split.stored()
                self._count(part, answer)
                self._came_back()
            case Refused():
                split.refuse(answer)
                self._came_back()
            case Down():
                self._went_away(answer)
            case _:
                assert_never(answer)
        return answer, took_s

    def _finish(self, split: Split) -> None:
        refused = split.refused()
        self._reader.done(split.batch, refused)
        for refusal in refused:
            rows, docs = refusal.batch.rows, len(refusal.batch.documents)
            where = {"sink": self._sink.name, "place": split.batch.place}
            _log.error("sink.refused", **where, rows=rows, documents=docs, reason=refusal.why)
        if split is self._live:
            self._live = None
        else:
            self._backlog = None

    async def _offer_again(self) -> Moved:
        """With nothing else to do: tell of rows dropped by hand, and offer again what a person wants."""
        quarantine = self._reader.quarantine
        ids, gaps = quarantine.untold()
        if gaps and ids != self._refused_gaps:
            return await self._tell(ids, gaps)
        if self._again is None:
            wanted = quarantine.wanted()
            if wanted is None:
                tended = isinstance(self._sink, Tended) and await self._sink.tend()
                return Moved.ON if tended else Moved.IDLE
            self._again = (wanted[0], Split(wanted[1]))
        entry, split = self._again
        answer, _ = await self._offer(split)
        if isinstance(answer, Down):
            return Moved.HELD
        if split.part is None:
            quarantine.settle(entry, split.refused())
            self._again = None
        return Moved.ON

    async def _tell(self, ids: tuple[int, ...], gaps: Sequence[Gap]) -> Moved:
        """Tell the sink of gaps; they count as told when it has them."""
        answer = await self._sink.accept(batch_of((), gaps=gaps))
        match answer:
            case Stored():
                self._reader.quarantine.told(ids)
                self._came_back()
            case Refused():
                self._came_back()
                self._refused_gaps = ids
                rows = sum(gap.rows for gap in gaps)
                _log.error("sink.refused_gaps", sink=self._sink.name, rows=rows, reason=answer.reason)
            case Down():
                self._went_away(answer)
                return Moved.HELD
            case _:
                assert_never(answer)
        return Moved.ON

    def _count(self, batch: Batch, answer: Stored) -> None:
        self._rows += answer.rows
        self._documents += answer.documents
        self._lost_rows += sum(gap.rows for gap in batch.gaps)

    def _went_away(self, answer: Down) -> None:
        if not self.failures:
            _log.warning("sink.lost", sink=self._sink.name, reason=answer.reason)
        self.failures += 1
        self._why_down = answer.reason

    def _came_back(self) -> None:
        if self.failures:
            behind = self._reader.behind()
            _log.info("sink.returned", sink=self._sink.name, failures=self.failures, behind_rows=behind.rows)
        self.failures, self._why_down = 0, ""


def _kept(split: Split | None) -> Split | None:
    """Forget a batch of which the sink has nothing yet: what is read anew may be newer, or more."""
    return None if split is None or split.is_untouched else split

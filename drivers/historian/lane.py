"""Lanes: one reader of the outbox and the one sink it feeds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, assert_never

import msgspec
import structlog

from drivers.historian.batch import Batch
from drivers.historian.outbox_reader import OutboxReader
from drivers.historian.sink import Down, Refused, Sink, Stored

_log: Final = structlog.get_logger(__name__)


class Moved(StrEnum):
    """What one step of a lane did."""

    ON = "on"
    """A batch left the outbox; there may be more."""
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
    """Batches set aside because the sink will never take them, ever."""


class Lane:
    """Moves batches from one reader to one sink, in order, each until it is accepted."""

    def __init__(self, reader: OutboxReader, sink: Sink) -> None:
        self.failures = 0
        """Failures of the sink in a row."""
        self._reader, self._sink = reader, sink
        self._why_down = ""
        self._rows = self._documents = self._lost_rows = 0

    async def step(self) -> Moved:
        """Offer the sink the oldest batch it has not taken."""
        batch = self._reader.next_batch()
        if batch is None:
            return Moved.IDLE
        answer = await self._sink.accept(batch)
        match answer:
            case Stored():
                self._reader.done(batch)
                self._count(batch, answer)
                self._came_back()
                return Moved.ON
            case Refused():
                self._reader.set_aside(batch, answer.reason)
                _log.error("sink.refused", sink=self._sink.name, place=batch.place, reason=answer.reason)
                self._came_back()
                return Moved.ON
            case Down():
                self._went_away(answer)
                return Moved.HELD
            case _:
                assert_never(answer)

    def standing(self) -> Standing:
        """Return how the sink keeps up."""
        behind = self._reader.behind()
        return Standing(
            sink=self._sink.name,
            up=not self.failures,
            why_down=self._why_down,
            behind_rows=behind.rows,
            behind_s=behind.seconds,
            rows=self._rows,
            documents=self._documents,
            lost_rows=self._lost_rows,
            refused_batches=self._reader.refused,
        )

    async def close(self) -> None:
        """Close reader and sink."""
        self._reader.close()
        await self._sink.close()

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

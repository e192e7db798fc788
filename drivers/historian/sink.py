"""Sinks: who takes batches from the outbox, and how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from drivers.historian.batch import Batch


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """The sink has the batch; it may leave the outbox."""

    rows: int
    documents: int


class Down(msgspec.Struct, frozen=True, kw_only=True):
    """The sink is away; the batch stays in the outbox and comes again."""

    reason: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The sink will never take this batch as it is; what fails in it is set aside, the rest comes again."""

    reason: str
    rows: tuple[int, ...] = ()
    """Places of the rows that fail, counted through the blocks; empty where the sink does not know."""


Answer = Stored | Down | Refused


class Sink(Protocol):
    """Takes batches; the same batch twice is the same as once."""

    name: str
    most_rows: int
    """Rows it takes at a time, about; 1 gives it each append of the outbox by itself."""

    async def accept(self, batch: Batch) -> Answer:
        """Take a batch whole, or say why not, within the sink's own deadline."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


@runtime_checkable
class Tended(Protocol):
    """A sink that has something to do while nothing waits."""

    async def tend(self) -> bool:
        """Do a piece of it; False where there is none."""
        ...


class HistoryDown(RuntimeError):
    """The database is away, or did not answer in time; nothing is known to be stored."""


class HistoryRefused(ValueError):
    """The database will never take this batch as it is, however often it comes."""

    def __init__(self, reason: str, *, rows: Sequence[int] = ()) -> None:
        """Say why, and which rows fail where that is known: their places, counted through the blocks."""
        super().__init__(reason)
        self.rows = tuple(rows)


class Archive(Protocol):
    """A database that keeps whole batches."""

    async def store(self, batch: Batch) -> None:
        """Store rows, documents and gaps in one transaction.

        Raises:
            HistoryDown: not stored as far as is known; send it again.
            HistoryRefused: it can never be stored.
        """
        ...

    async def tend(self) -> bool:
        """Do a piece of upkeep while nothing waits; False where there is none to do.

        Raises:
            HistoryDown: the database is away.
        """
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...


class HistorySink:
    """Lets a database take part in forwarding."""

    def __init__(self, archive: Archive, *, name: str = "history", most_rows: int = 20_000) -> None:
        self.name, self.most_rows = name, most_rows
        self._archive = archive

    async def accept(self, batch: Batch) -> Answer:
        """Store a batch, and turn the findings of the database into answers."""
        try:
            await self._archive.store(batch)
        except HistoryDown as error:
            return Down(reason=str(error))
        except HistoryRefused as error:
            return Refused(reason=str(error), rows=error.rows)
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def tend(self) -> bool:
        """Look after the database; one that is away is found out when there is something to store."""
        try:
            return await self._archive.tend()
        except HistoryDown:
            return False

    async def close(self) -> None:
        """Close the database."""
        await self._archive.close()

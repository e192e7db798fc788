"""A sink that stands before a history, breaks now and then, and notes in which order rows went in."""

from __future__ import annotations

import random

from drivers.historian.batch import Batch
from drivers.historian.sink import Answer, Down, Sink, Stored
from kernel.point import NANOSECONDS


class Witness:
    """Passes batches on; says it is down before, or loses the answer after the rows are stored."""

    def __init__(self, sink: Sink, luck: random.Random, *, trouble: float = 0.05) -> None:
        self.name, self.most_rows = sink.name, sink.most_rows
        self.out_of_order: list[str] = []
        self.offers = self.lost_answers = self.historical_rows = 0
        self.newest_first = False
        """The first that went in after the outage was the newest there was."""
        self._sink, self._luck, self._trouble = sink, luck, trouble
        self._last = {True: -1, False: -1}

    async def accept(self, batch: Batch) -> Answer:
        self.offers += 1
        if self._luck.random() < self._trouble:
            return Down(reason="away")
        answer = await self._sink.accept(batch)
        if isinstance(answer, Stored):
            self.historical_rows += batch.rows * batch.historical
            if self._luck.random() < self._trouble:
                self.lost_answers += 1
                return Down(reason="the answer was lost")
            self._note(batch)
        return answer

    def _note(self, batch: Batch) -> None:
        for block in batch.blocks:
            second, last = int(block.at_ns[0]) // NANOSECONDS, self._last[batch.historical]
            if second <= last:
                self.out_of_order.append(
                    f"second {second} after {last}, historical {batch.historical}, {batch.place}"
                )
            self._last[batch.historical] = second

    async def close(self) -> None:
        await self._sink.close()


class Forgetful:
    """A sink that says of every tenth batch that it has it, and has not: what the judges must see."""

    def __init__(self, sink: Sink) -> None:
        self.name, self.most_rows = sink.name, sink.most_rows
        self._sink, self._offers = sink, 0

    async def accept(self, batch: Batch) -> Answer:
        self._offers += 1
        if self._offers % 10 == 3:
            return Stored(rows=batch.rows, documents=len(batch.documents))
        return await self._sink.accept(batch)

    async def close(self) -> None:
        await self._sink.close()

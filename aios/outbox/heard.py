"""What history hears: every value as it was judged, and what agents published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from aios.outbox.writer import OutboxWriter
from kernel.alarm import Alarm
from kernel.forecast import Forecast
from kernel.image import ProcessImage
from kernel.measurement import Block
from kernel.pipe.tick import Decided, Inputs
from kernel.point import NANOSECONDS
from kernel.ports import Published
from kernel.quality import GOOD, VALIDITY
from kernel.shell.clock import stopwatch_ns
from kernel.shell.queues import QueueState

EVERY_NS: Final = NANOSECONDS
"""Real nanoseconds between two batches of a live gateway: one small transaction a second."""
EVERY_TICKS: Final = 256
"""Ticks between two batches under the virtual clock, so that runs repeat."""


class HistoryListener:
    """Listens to the ticks: hands one block of each, and the documents, to the writer in batches.

    A document other than a forecast goes at once, with everything before it.
    """

    def __init__(
        self, writer: OutboxWriter, *, live: bool, stopwatch_ns: Callable[[], int] = stopwatch_ns
    ) -> None:
        """Feed a writer.

        Args:
            writer: appends to the outbox; it is closed with the listener.
            live: hand over by real time, else by ticks.
            stopwatch_ns: real time, nanoseconds.
        """
        self._writer = writer
        self._live = live
        self._stopwatch_ns = stopwatch_ns
        self._flushed_ns = stopwatch_ns()
        self._image: ProcessImage | None = None
        self._blocks: list[Block] = []
        self._documents: list[Published] = []

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits for the disk."""
        return self._writer.queues()

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        before, self._image = self._image, decided.state.image
        news = rows_since(before, self._image)
        if len(news):
            self._blocks.append(news)
        documents = [one for one in decided.outputs.published if not _is_canary(one)]
        self._documents.extend(documents)
        urgent = any(not isinstance(document, Forecast) for document in documents)
        if urgent or self._is_time(inputs.tick):
            self.flush()

    def tell(self, documents: Sequence[Published]) -> None:
        """Hand over documents that no tick of this run gave."""
        self._documents.extend(documents)
        if documents:
            self.flush()

    def _is_time(self, tick: int) -> bool:
        if not self._live:
            return tick % EVERY_TICKS == EVERY_TICKS - 1
        return self._stopwatch_ns() - self._flushed_ns >= EVERY_NS

    def flush(self) -> None:
        """Hand over what has been collected."""
        blocks, documents = self._blocks, self._documents
        self._blocks, self._documents = [], []
        self._flushed_ns = self._stopwatch_ns()
        self._writer.put(blocks, documents)

    def close(self) -> None:
        """Hand over what is left; the writer keeps it and lets go of the outbox."""
        self.flush()
        self._writer.close()


def _is_canary(document: Published) -> bool:
    """Tell what says nothing of the site: neither history nor broker is to take it for an alarm."""
    return isinstance(document, Alarm) and document.is_canary


def rows_since(before: ProcessImage | None, image: ProcessImage) -> Block:
    """Return the rows of an image that a history must hear of: read, computed or judged anew.

    A value that was not measured again but is no longer good (its device is silent, it grew old) becomes a
    row of this tick: the value that was good in its time stays good there.

    Args:
        before: the image of the tick before; None before the first.
        image: all N points as they were judged; rows that were never read are left out.
    """
    changed = image.at_ns != 0
    if before is not None:
        changed &= (image.available_at_ns != before.available_at_ns) | (image.quality != before.quality)
    rows = np.flatnonzero(changed)
    quality, at_ns, available_at_ns = image.quality[rows], image.at_ns[rows], image.available_at_ns[rows]
    bad = (quality & VALIDITY) != GOOD
    if before is not None and np.count_nonzero(bad):
        again = bad & (at_ns == before.at_ns[rows])
        at_ns[again] = available_at_ns[again] = image.now_ns
    return Block(
        index=rows.astype(np.int32),
        value=image.value[rows],
        quality=quality,
        at_ns=at_ns,
        available_at_ns=available_at_ns,
    )

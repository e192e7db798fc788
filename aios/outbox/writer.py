"""The outbox writer: takes appends off the control loop, and holds documents until they are kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

import structlog

from drivers.historian.batch import Gap, gap_of
from drivers.historian.outbox import Outbox, OutboxUnwritable
from kernel.measurement import Block
from kernel.ports import Published
from kernel.shell.queues import QueueState

log = structlog.get_logger()

BLOCKS: Final = 4096
"""Blocks that wait for a slow disk, one a tick; then the oldest go."""
AN_APPEND: Final = 256
"""Blocks in one append at most: what waited for a slow disk is no single load for a slow link."""
DOCUMENTS: Final = 16_384
"""Documents that wait for a disk that takes nothing; then the oldest go."""
CLOSE_S: Final = 10.0
"""Real seconds that the last append may take when the gateway ends."""


class OutboxWriter:
    """Appends to an outbox: in a thread of its own where the gateway is live, inline where it is not.

    Telemetry that the disk refuses, or is too slow for, is gone; the outbox records it as a gap with what it
    keeps next, or at its end. Documents wait and are appended again, in order, with what comes next.
    """

    def __init__(
        self, outbox: Outbox, *, threaded: bool, most_blocks: int = BLOCKS, most_documents: int = DOCUMENTS
    ) -> None:
        """Write an outbox; from here on nobody else may.

        Args:
            outbox: what to append to; it is closed with the writer.
            threaded: append in a thread, so that a slow disk never holds the control loop.
            most_blocks: blocks that may wait.
            most_documents: documents that may wait.
        """
        self.dropped_blocks = 0
        """Blocks that went because the disk was too slow."""
        self.dropped_documents = 0
        """Documents that went because the disk took nothing for too long, or because they cannot be kept."""
        self._outbox = outbox
        self._most_blocks, self._most_documents = most_blocks, most_documents
        self._blocks: deque[Block] = deque()
        self._documents: deque[Published] = deque()
        self._lost: Gap | None = None
        self._put = self._closing = False
        self._something = threading.Condition()
        self._thread: threading.Thread | None = None
        if threaded:
            self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
            self._thread.start()

    def put(self, blocks: Sequence[Block], documents: Sequence[Published]) -> None:
        """Take what is to be appended; waits for the disk only where there is no thread."""
        with self._something:
            self._blocks.extend(blocks)
            self._documents.extend(documents)
            self._keep_bounds()
            self._put = True
            self._something.notify()
        if self._thread is None:
            self._deliver()

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits for the disk."""
        blocks, documents = len(self._blocks), len(self._documents)
        return (
            QueueState(
                name="outbox blocks", depth=blocks, bound=self._most_blocks, dropped=self.dropped_blocks
            ),
            QueueState(
                name="outbox documents",
                depth=documents,
                bound=self._most_documents,
                dropped=self.dropped_documents,
            ),
        )

    def close(self) -> None:
        """Append what waits, and let go of the outbox."""
        with self._something:
            self._closing = True
            self._something.notify()
        if self._thread is None:
            self._end()
            return
        self._thread.join(timeout=CLOSE_S)
        if self._thread.is_alive():
            log.error("outbox not drained", within_s=CLOSE_S, blocks=len(self._blocks))

    def _run(self) -> None:
        while True:
            with self._something:
                self._something.wait_for(lambda: self._put or self._closing)
                self._put = False
            if self._closing:
                return self._end()
            self._deliver()

    def _end(self) -> None:
        self._deliver()
        if self._documents:
            log.error("documents lost: the disk took nothing until the end", documents=len(self._documents))
        self._outbox.close()

    def _deliver(self) -> None:
        """Append all that waits, documents with the last piece of it."""
        with self._something:
            blocks, documents = tuple(self._blocks), tuple(self._documents)
            self._blocks.clear()
            self._documents.clear()
            lost, self._lost = self._lost, None
        self._outbox.lost(lost)
        while len(blocks) > AN_APPEND:
            self._append(blocks[:AN_APPEND], ())
            blocks = blocks[AN_APPEND:]
        self._append(blocks, documents)

    def _append(self, blocks: Sequence[Block], documents: Sequence[Published]) -> None:
        try:
            self._outbox.append(blocks, documents)
        except OutboxUnwritable:  # the outbox has said so, and counts the rows as a gap
            with self._something:
                self._documents.extendleft(reversed(documents))
                self._keep_bounds()
        except Exception as error:  # noqa: BLE001 - what cannot be kept must not end the keeping of the rest
            self._lose(blocks, documents, error)

    def _lose(self, blocks: Sequence[Block], documents: Sequence[Published], error: Exception) -> None:
        with self._something:
            self.dropped_blocks += len(blocks)
            self.dropped_documents += len(documents)
        self._outbox.lost(gap_of(blocks))
        why = f"{type(error).__name__}: {error}"
        log.error("outbox batch lost", blocks=len(blocks), documents=len(documents), why=why)

    def _keep_bounds(self) -> None:
        """Drop the oldest of what is too much, counted; the first of each kind is told."""
        dropped = [self._blocks.popleft() for _ in range(len(self._blocks) - self._most_blocks)]
        self._lost = gap_of(dropped, self._lost)
        if dropped and not self.dropped_blocks:
            log.error("outbox too slow: telemetry dropped", blocks=len(dropped))
        self.dropped_blocks += len(dropped)
        too_many = len(self._documents) - self._most_documents
        for _ in range(too_many):
            self._documents.popleft()
        if too_many > 0:
            if not self.dropped_documents:
                log.error("outbox takes nothing: documents dropped", documents=too_many)
            self.dropped_documents += too_many

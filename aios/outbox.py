"""The outbox listener: hands the historian what every tick read and what agents published."""

from __future__ import annotations

from typing import Final

from drivers.historian.outbox import Outbox
from kernel.forecast import Forecast
from kernel.measurement import Block
from kernel.ports import Published
from kernel.tick import Decided, Inputs

EVERY: Final = 24
"""Ticks between two batches: one small transaction a second in the demo."""


class OutboxListener:
    """Collects blocks and documents, and appends them in batches."""

    def __init__(self, outbox: Outbox) -> None:
        """Fill an outbox."""
        self._outbox = outbox
        self._blocks: list[Block] = []
        self._documents: list[Published] = []

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        self._blocks.extend(inputs.blocks)
        self._documents.extend(decided.outputs.published)
        urgent = any(not isinstance(document, Forecast) for document in decided.outputs.published)
        if urgent or inputs.tick % EVERY == EVERY - 1:
            self.flush()

    def flush(self) -> None:
        """Append what has been collected."""
        blocks, documents = self._blocks, self._documents
        self._blocks, self._documents = [], []
        if blocks or documents:
            self._outbox.append(blocks, documents)

    def close(self) -> None:
        """Append what is left and let go of the outbox."""
        self.flush()
        self._outbox.close()

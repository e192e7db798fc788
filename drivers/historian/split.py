"""Splits: a batch on its way into a sink, taken apart where the sink refuses it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from drivers.historian.batch import Batch
from drivers.historian.pieces import apart, halves
from drivers.historian.quarantine import Refusal
from drivers.historian.sink import Refused

MOST_OFFERS: Final = 2000
"""Offers after which the parts of a batch that still fail are set aside as they are."""


class Split:
    """The parts of one batch that its sink has not answered for yet, in order, and what it refused.

    At first the batch is one part. A part that is refused is offered again in halves, down to single rows
    and documents; rows that the sink names are taken out at once.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._parts = deque([batch])
        self._refused: list[Refusal] = []
        self._offers = 0

    @property
    def part(self) -> Batch | None:
        """What is to be offered next; None where every part was answered for."""
        return self._parts[0] if self._parts else None

    @property
    def is_untouched(self) -> bool:
        """Whether the sink has answered for nothing of it."""
        return not self._refused and len(self._parts) == 1 and self._parts[0] is self.batch

    def stored(self) -> None:
        """The sink has the part."""
        self._parts.popleft()

    def refuse(self, answer: Refused) -> None:
        """Take the part apart, or set it aside where nothing is left to take apart."""
        part = self._parts.popleft()
        self._offers += 1
        if answer.rows:
            failing, rest = apart(part, answer.rows)
            self._refused.append(Refusal(failing, answer.reason))
            if rest.blocks or rest.documents or rest.gaps:
                self._parts.appendleft(rest)
            return
        both = halves(part) if self._offers < MOST_OFFERS else None
        if both is None:
            self._refused.append(Refusal(part, answer.reason))
        else:
            self._parts.extendleft(reversed(both))

    def refused(self) -> tuple[Refusal, ...]:
        """Return what is to be set aside: one entry for each reason, in order of appearance."""
        found: dict[str, Batch] = {}
        for refusal in self._refused:
            before, batch = found.get(refusal.why), refusal.batch
            found[refusal.why] = batch if before is None else _joined(before, batch)
        return tuple(Refusal(batch, why) for why, batch in found.items())


def _joined(first: Batch, second: Batch) -> Batch:
    return replace(
        first,
        blocks=first.blocks + second.blocks,
        documents=first.documents + second.documents,
        gaps=first.gaps + second.gaps,
    )

"""The committer: makes ticks durable in order, and is waited for only as long as a tick may take.

A journal that hangs is down like one that fails. What was handed over meanwhile may still become durable:
then its commands that were never queued are entered as expired, so that each still has its one end state.
"""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec

from kernel.command import Outcome, Receipt
from kernel.journal.commands import CommandJournal
from kernel.journal.failure import JournalDown, NotWritable, StandsAlready
from kernel.journal.lane import Lane
from kernel.pipe.tick import Outputs

OWED: Final = 1024
"""Ticks that wait for a journal that is down."""


@dataclass(slots=True)
class _Batch:
    """Ticks on their way to the disk; `done` is counted by the committing thread alone."""

    ticks: tuple[Outputs, ...]
    owed: int
    """How many of them, from the first, the journal should have heard before."""
    done: int = 0
    failure: str = ""


@dataclass(slots=True)
class Debts:
    """Ticks that the journal has not taken, oldest first."""

    ticks: deque[Outputs] = field(default_factory=deque)
    dropped: int = 0
    """Ticks that the journal will never hear of."""

    def add(self, outputs: Outputs) -> None:
        """Owe a tick; when there are too many, those that moved no equipment are dropped first."""
        if len(self.ticks) >= OWED:
            idle = next((one for one in self.ticks if not (one.commands or one.receipts)), None)
            self.ticks.remove(self.ticks[0] if idle is None else idle)
            self.dropped += 1
        self.ticks.append(outputs)


class Committer:
    """Commits every tick that is news, after all that the journal is owed."""

    def __init__(self, journal: CommandJournal, *, patience_s: float, lane: Lane) -> None:
        """Commit to a journal on a lane of its own; wait for it `patience_s` real seconds."""
        self._journal = journal
        self._patience_s = patience_s
        self._lane = lane
        self._batch: _Batch | None = None
        self._written_instead: Outputs | None = None
        self._tends = False
        self.debts = Debts()

    async def commit(self, outputs: Outputs) -> None:
        """Make a tick durable.

        Raises:
            JournalDown: it is not, or not yet; what was written instead must be told by `instead`.
        """
        if self._lane.is_busy and not (self._tends and await self._lane.ended(self._patience_s)):
            raise JournalDown("still committing")
        self._tends = False
        self._settle()
        if not (outputs.is_news() or self.debts.ticks):
            return
        this = (outputs,) if outputs.is_news() else ()
        batch = self._batch = _Batch((*self.debts.ticks, *this), owed=len(self.debts.ticks))
        self._lane.start(partial(_append, self._journal, batch))
        if not await self._lane.ended(self._patience_s):
            raise JournalDown("still committing")
        self._settle()
        if batch.failure:
            raise JournalDown(batch.failure)
        if self._journal.wants_tending:
            self._tends = True
            self._lane.start(partial(_tend, self._journal))

    def word(self, outputs: Outputs) -> None:
        """Put a tick that may be committed next into words, ahead of it."""
        if outputs.is_news() and not self.debts.ticks:
            self._journal.word(outputs)

    def instead(self, outputs: Outputs) -> None:
        """Owe what a tick did after all, where the journal did not take what it had decided."""
        if self._lane.is_busy and self._written_instead is None and self._hung_at(outputs.tick):
            self._written_instead = outputs
        elif outputs.is_news():
            self.debts.add(outputs)

    def _hung_at(self, tick: int) -> bool:
        return self._batch is not None and self._batch.ticks[-1].tick == tick

    def _settle(self) -> None:
        """Take the result of what has ended: strike off what is durable, and correct what was not done."""
        batch, self._batch = self._batch, None
        instead, self._written_instead = self._written_instead, None
        if batch is None:
            return
        error = self._lane.take()
        if error is not None:
            raise error  # a fault of ours, not of the disk
        durable = {id(one) for one in batch.ticks[: batch.done]}
        since = [one for one in self.debts.ticks if id(one) not in durable]
        self.debts.ticks.clear()
        decided = batch.ticks[-1]
        if instead is not None:
            told = correction(decided, instead) if id(decided) in durable else instead
            at = sum(one.tick < instead.tick for one in since)
            since[at:at] = [told] if told.is_news() else []
        for one in since:
            self.debts.add(one)

    def close(self) -> bool:
        """End in order; return False where the journal still hangs, and must be left alone."""
        return self._lane.close(self._patience_s)


def _append(journal: CommandJournal, batch: _Batch) -> None:
    """Append tick after tick, in the committing thread, until one cannot be made durable."""
    for number, outputs in enumerate(batch.ticks):
        try:
            with contextlib.suppress(*((StandsAlready, NotWritable) if number < batch.owed else ())):
                journal.append(outputs)
        except JournalDown as error:
            batch.failure = str(error.__cause__ or error)
            return
        batch.done += 1


def _tend(journal: CommandJournal) -> None:
    """Tend the journal behind the back of the ticks; what fails is tried again after a later one."""
    with contextlib.suppress(JournalDown):  # nothing acknowledged is at stake; a lost journal says so itself
        journal.tend()


def correction(decided: Outputs, instead: Outputs) -> Outputs:
    """Say what a tick did that the journal has already heard decided otherwise.

    What stands is not entered again; the commands that stand and were never queued expired.
    """
    went_out = {command.id for command in instead.commands}
    stand = {command.id for command in decided.commands}
    unsent = tuple(
        Receipt(
            command=command.id,
            outcome=Outcome.EXPIRED,
            at_ns=instead.now_ns,
            detail="never sent: the journal had not confirmed it in time",
        )
        for command in decided.commands
        if command.id not in went_out
    )
    return msgspec.structs.replace(
        instead,
        sent=(),
        receipts=unsent,
        published=(),
        rungs=(),
        bases=tuple(basis for basis in instead.bases if basis not in decided.bases),
        commands=tuple(command for command in instead.commands if command.id not in stand),
        refused=tuple(refused for refused in instead.refused if refused not in decided.refused),
    )

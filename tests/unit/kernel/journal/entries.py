"""Commands and ticks to be entered into a journal, and its entries as words."""

from __future__ import annotations

from kernel.command import Command, Outcome, Receipt
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Outputs
from kernel.point import Operation


def command(name: str, point: str = "bat/p", sequence: int | None = None) -> Command:
    return Command(
        id=name, trace="t", point=point, value=1.0, operation=Operation.SETPOINT, tick=0, issued_at_ns=0,
        valid_until_ns=9, sequence=sequence, authority="gate", revision="r", reason="r",
    )  # fmt: skip


def tick(number: int, *commands: Command, ends: tuple[str, ...] = ()) -> Outputs:
    receipts = tuple(Receipt(command=c, outcome=Outcome.DONE, at_ns=number, detail="") for c in ends)
    return Outputs(tick=number, now_ns=number, commands=commands, receipts=receipts)


def lines(journal: CommandJournal) -> list[tuple[str, str]]:
    return [(entry.kind, entry.subject) for entry in journal.entries()]

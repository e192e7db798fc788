"""A journal of nord in memory."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aios.control_room.entries import NothingRead, Wanted
from kernel.instruction import HandOver, Instructed, OpenItems, subject
from kernel.journal.chain import FIRST_HASH, Entry, link
from tests.fakes.nord import HOUR, NOW, S


def entries(count: int = 7) -> tuple[Entry, ...]:
    """A chain of commands and receipts."""
    return chained(
        ("command", f"nord-{seq}", '{"value":1.5}')
        if seq % 2
        else ("receipt", f"nord-{seq}", '{"outcome":"done"}')
        for seq in range(1, count + 1)
    )


def shifts(*givers: str, refused: str = "") -> tuple[Entry, ...]:
    """A chain of commands, and of shifts that were handed over to emil in this order, one of them refused."""
    made = [
        Instructed(
            instruction=HandOver(
                key=f"h{number}",
                person=giver,
                reason="n",
                at_ns=NOW - HOUR + number * S,
                note="bay 15 is earthed",
                giver=giver,
                taker="emil",
                open=OpenItems(questions=1),
            ),
            refused="has no shift" if giver == refused else "",
        )
        for number, giver in enumerate(givers)
    ]
    told = [("instruction", subject(one.instruction), msgspec.json.encode(one).decode()) for one in made]
    return chained((("command", "nord-1", '{"value":1.5}'), *told, ("receipt", "nord-1", "{}")))


def chained(lines: Iterable[tuple[str, str, str]]) -> tuple[Entry, ...]:
    """Chain entries of kind, subject and body."""
    made: list[Entry] = []
    chain = FIRST_HASH
    for seq, (kind, about, body) in enumerate(lines, 1):
        told = {"seq": seq, "at_ns": NOW + seq * S, "tick": seq, "kind": kind, "subject": about}
        chain = link(chain, **told, body=body)
        made.append(Entry(**told, body=body, hash=chain))
    return tuple(made)


class FakeEntries:
    """Holds a journal; `why` takes it away."""

    def __init__(self, held: tuple[Entry, ...] | None = None) -> None:
        self.held = entries() if held is None else held
        self.why = ""

    async def page(self, wanted: Wanted) -> tuple[Entry, ...] | NothingRead:
        """Return a page of what is held."""
        if self.why:
            return NothingRead(self.why)
        fitting = (
            one
            for one in (reversed(self.held) if wanted.before else self.held)
            if one.seq > wanted.after
            and (not wanted.before or one.seq < wanted.before)
            and (not wanted.kind or one.kind == wanted.kind)
            and (not wanted.subject or one.subject == wanted.subject)
        )
        return tuple(fitting)[: wanted.most]

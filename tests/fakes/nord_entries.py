"""A journal of nord in memory."""

from __future__ import annotations

from aios.control_room.entries import NothingRead, Wanted
from kernel.journal.chain import FIRST_HASH, Entry, link
from tests.fakes.nord import NOW, S


def entries(count: int = 7) -> tuple[Entry, ...]:
    """A chain of commands and receipts."""
    made: list[Entry] = []
    chain = FIRST_HASH
    for seq in range(1, count + 1):
        kind, body = ("command", '{"value":1.5}') if seq % 2 else ("receipt", '{"outcome":"done"}')
        told = {"seq": seq, "at_ns": NOW + seq * S, "tick": seq, "kind": kind, "subject": f"nord-{seq}"}
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
            for one in self.held
            if one.seq > wanted.after
            and (not wanted.kind or one.kind == wanted.kind)
            and (not wanted.subject or one.subject == wanted.subject)
        )
        return tuple(fitting)[: wanted.most]

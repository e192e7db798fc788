"""Holds: spans of the journal that somebody needs whole, whatever retention says.

What is told stands in the journal itself, so it is read from there: a restart knows of every hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from kernel.instruction import Instructed, LegalHold
from kernel.journal.chain import Entry
from kernel.journal.connection import Connection
from kernel.journal.in_force import in_force


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that stands."""

    seq: int
    """Number of the entry that tells of it."""
    hold: LegalHold


def holds_of(told: Iterable[Entry]) -> tuple[Held, ...]:
    """Return the holds that stand, in the order in which they were told.

    Args:
        told: the entries of kind `instruction`, in order; others among them are passed over.
    """
    standing: dict[str, Held] = {}
    for entry in told:
        if entry.kind != "instruction" or '"LegalHold"' not in entry.body:
            continue
        became = msgspec.json.decode(entry.body, type=Instructed)
        if became.refused or not isinstance(became.instruction, LegalHold):
            continue
        if became.instruction.release:
            standing.pop(became.instruction.name, None)
        else:
            standing[became.instruction.name] = Held(seq=entry.seq, hold=became.instruction)
    return tuple(standing.values())


def first_held(db: Connection, holds: Iterable[Held]) -> int | None:
    """Return the number of the oldest entry that a hold keeps; None where there is none.

    The entry that tells of a hold is kept with what it holds. What is newer stays too: a journal is cut at
    its beginning only.
    """
    kept = []
    for held in holds:
        until_ns = held.hold.until_ns or 2**63 - 1
        row = db.execute(
            "select seq from entries where at_ns >= ? and at_ns < ? order by seq limit 1",
            (held.hold.from_ns, until_ns),
        ).fetchone()
        kept.append(held.seq if row is None else min(held.seq, row[0]))
    return min(kept, default=None)


def is_needed(db: Connection, told: Sequence[Entry], *, through: int, now_ns: int) -> bool:
    """Tell whether something that people told, up to an entry, still holds, or is held by them.

    Args:
        db: the journal.
        told: all that people told, in order.
        through: number of the last entry that would go.
        now_ns: operational time.
    """
    held = first_held(db, holds_of(told))
    if held is not None and held <= through:
        return True
    rest = [entry for entry in told if entry.seq > through]
    return in_force(told, now_ns=now_ns) != in_force(rest, now_ns=now_ns)

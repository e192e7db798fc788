"""Lines: what a tick decided, in the order and the words of the command journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from kernel.alarm import Alarm
from kernel.command import Command, Receipt
from kernel.finding import Finding
from kernel.instruction import subject as subject_of
from kernel.journal.chain import sealed
from kernel.pipe.tick import Outputs
from kernel.repair import RepairOrder

Line = tuple[str, str, Any]
"""Kind, subject and body."""
Lines = Callable[[], Iterable[Line]]
"""Gives lines, as often as it is asked."""
CLOCK: Final = frozenset({"clock_step", "clock_still", "clock_state"})
"""Findings about the machine's own clock: entries of a kind of their own, which an auditor looks for."""
_encoder: Final = msgspec.json.Encoder(order="deterministic")


@dataclass(slots=True)
class Rows:
    """Lines as rows of the tables, linked to the chain that they continue."""

    seq: int
    """Number of the last entry."""
    hash: bytes
    """Its hash."""
    entries: list[tuple[int, int, int, str, str, str, bytes]] = field(default_factory=list)
    commands: list[tuple[str, int, str]] = field(default_factory=list)
    ends: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """A tick in words ahead of its turn: they hold where it comes next."""

    outputs: Outputs
    seq: int
    """Number of the entry that it was to follow."""
    chain: bytes
    """Hash of that entry."""
    rows: Rows

    def take(self, outputs: Outputs | None, *, seq: int, chain: bytes) -> Rows | None:
        """Return its rows where they are of this tick and follow this entry."""
        holds = self.outputs is outputs and self.seq == seq and self.chain == chain
        return self.rows if holds else None


def worded(outputs: Outputs, *, seq: int, chain: bytes) -> Worded | None:
    """Word a tick that is to follow an entry; None where it cannot be put into words."""
    try:
        rows = rows_of(lines_of(outputs), seq=seq, chain=chain, at_ns=outputs.now_ns, tick=outputs.tick)
    except TypeError:
        return None  # whoever appends it is told
    return Worded(outputs=outputs, seq=seq, chain=chain, rows=rows)


def rows_of(lines: Iterable[Line], *, seq: int, chain: bytes, at_ns: int, tick: int) -> Rows:
    """Word and link lines that follow entry `seq`; every body is encoded once.

    Raises:
        TypeError: a body cannot be put into words.
    """
    rows = Rows(seq=seq, hash=chain)
    for kind, subject, body in lines:
        seq += 1
        words = _encoder.encode(body)
        chain, text = sealed(chain, seq, at_ns, tick, kind, subject, words), words.decode()
        rows.entries.append((seq, at_ns, tick, kind, subject, text, chain))
        if isinstance(body, Command):
            rows.commands.append((body.id, seq, text))
        elif isinstance(body, Receipt):
            rows.ends.append((body.command, body.outcome.value, seq))
    rows.seq, rows.hash = seq, chain
    return rows


def lines_of(outputs: Outputs) -> Iterator[Line]:
    """Order the entries of a tick: what ended, why, what was permitted, what was not, what was learnt."""
    yield from (("instruction", subject_of(told.instruction), told) for told in outputs.instructions)
    yield from (("request", request.key, request) for request in outputs.requests)
    yield from (("heartbeat", change.point, change) for change in outputs.heartbeats)
    yield from (("question", change.question.id, change) for change in outputs.questions)
    yield from (("lapsed", subject_of(told), told) for told in outputs.lapsed)
    yield from (("sent", sent.command, sent) for sent in outputs.sent)
    yield from (("receipt", receipt.command, receipt) for receipt in outputs.receipts)
    yield from (("basis", basis.command, basis) for basis in outputs.bases)
    yield from (("command", command.id, command) for command in outputs.commands)
    yield from (("refused", refused.id, refused) for refused in outputs.refused)
    yield from (("rung", change.agent, change) for change in outputs.rungs)
    yield from (("hindsight", one.agent, one) for one in outputs.hindsights)
    yield from (("stored", kept.agent, kept) for kept in outputs.stored)
    yield from (("asked", asked.id, asked) for asked in outputs.asked)
    yield from (("dispatch", one.order, one) for one in outputs.dispatches)
    yield from (("denied", denied.agent, denied) for denied in outputs.denied)
    for document in outputs.published:
        if isinstance(document, Finding):
            yield ("clock" if document.name in CLOCK else "finding"), document.asset, document
        elif isinstance(document, RepairOrder):
            yield "repair", document.asset, document
        elif isinstance(document, Alarm):
            yield ("canary" if document.is_canary else "alarm"), document.id, document
    if outputs.gate_failure is not None:
        yield "gate", "gate", {"failure": outputs.gate_failure}
    if outputs.journal_failure is not None:
        yield "journal", "journal", {"failure": outputs.journal_failure}

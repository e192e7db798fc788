"""Notices: what a dispatcher should know, each told once when it begins and once when it ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from edge.answering import Answering
from kernel.command import Outcome
from kernel.finding import Finding
from kernel.instruction import Reply
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Outputs
from kernel.shell.wire import Notice
from kernel.site import Site

KEPT: Final = 50
"""Ended notices kept for the page."""
TOP_RUNG: Final = "model"
PERSON: Final = "person"


class Notices:
    """Begins and ends notices as ticks go by."""

    def __init__(self, site: Site) -> None:
        """Watch a site."""
        self._answering = Answering(site)
        self._active: dict[str, Notice] = {}
        self._ended: deque[Notice] = deque(maxlen=KEPT)
        self.gate_since_ns = 0
        """Since when the gate is as it is, nanoseconds since 1970 UTC."""

    def current(self) -> tuple[Notice, ...]:
        """Return what is active, most urgent first, then what has ended, newest first."""
        active = sorted(self._active.values(), key=lambda n: (n.priority, -n.since_ns))
        return (*active, *self._ended)

    def heard(self, decided: Decided) -> None:
        """Take note of a tick."""
        outputs = decided.outputs
        for notice in self._standing(decided.state, outputs):
            self._keep(notice)
        if outputs.gate_failure is not None or not self.gate_since_ns:
            self.gate_since_ns = outputs.now_ns
        for notice in _events(outputs):
            self._ended.appendleft(notice)

    def _standing(self, state: PipeState, outputs: Outputs) -> Iterator[Notice]:
        """Yield the conditions that begin or end."""
        now_ns = outputs.now_ns
        for device, lost in self._answering.changes(state.image):
            text = f"{device} does not answer"
            yield _notice(f"device:{device}", 2, text, "its values are old", now_ns, lost)
        if outputs.gate_failure is not None:
            text = "policy gate gives no answer: only the safe set is written"
            yield _notice("gate", 1, text, outputs.gate_failure, now_ns, bool(outputs.gate_failure))
        if outputs.journal_failure is not None:
            text, why = "journal cannot be written: only the safe set is written", outputs.journal_failure
            yield _notice("journal", 1, text, why, now_ns, bool(why))
        for change in outputs.rungs:
            text = f"{change.agent} on {change.now.rung}, not model"
            below = change.now.rung != TOP_RUNG
            yield _notice(f"rung:{change.agent}", 3, text, change.now.why, now_ns, below)
            needed = change.now.rung == PERSON
            text = f"{change.agent} needs a person: what it steers stands on safe values"
            yield _notice(f"person:{change.agent}", 1, text, change.now.why, now_ns, needed)
        yield from self._questions(outputs)

    def _questions(self, outputs: Outputs) -> Iterator[Notice]:
        """Yield what agents begin to ask people, and what is answered."""
        for asked in outputs.asked:
            text, how = f"{asked.agent} asks: {asked.question}", f"answer with aios reply {asked.id}"
            yield _notice(f"asked:{asked.id}", 3, text, how, outputs.now_ns, True)  # noqa: FBT003
        for told in outputs.instructions:
            if isinstance(told.instruction, Reply) and not told.refused:
                yield _notice(f"asked:{told.instruction.question}", 3, "", "", outputs.now_ns)

    def _keep(self, notice: Notice) -> None:
        known = self._active.get(notice.id)
        if notice.active and (known is None or known.text != notice.text):
            self._active[notice.id] = notice
        elif not notice.active and known is not None:
            del self._active[notice.id]
            over = msgspec.structs.replace(known, active=False, detail=f"over; {known.detail}")
            self._ended.appendleft(msgspec.structs.replace(over, since_ns=notice.since_ns))


def _events(outputs: Outputs) -> Iterator[Notice]:
    """Yield what happened and has no end of its own."""
    now_ns = outputs.now_ns
    for refused in outputs.refused:
        if refused.kind != "failure":
            text = f"{refused.point} refused: {refused.rule}"
            yield _notice(f"refused:{refused.id}", 3, text, refused.reason, now_ns)
    for receipt in outputs.receipts:
        if receipt.outcome is Outcome.UNKNOWN:
            text = f"outcome of command {receipt.command} is unknown: look at the device"
            yield _notice(f"unknown:{receipt.command}", 2, text, receipt.detail, now_ns)
    for basis in outputs.bases:
        if basis.decision.conflict is not None:
            text = f"conflict on {basis.decision.point}: the safe value stands"
            yield _notice(f"conflict:{basis.command}", 2, text, basis.decision.conflict.text, now_ns)
    yield from _calls(outputs)
    for document in outputs.published:
        if isinstance(document, Finding):
            yield _notice(f"{document.name}:{document.asset}", 4, document.text, "", now_ns)


def _calls(outputs: Outputs) -> Iterator[Notice]:
    """Yield what the kernel denied agents."""
    now_ns = outputs.now_ns
    for denied in outputs.denied:
        call = type(denied.call).__name__.lower()
        yield _notice(f"denied:{denied.trace}", 4, f"{denied.agent}: {call} denied", denied.why, now_ns)


def _notice(
    name: str,
    priority: int,
    text: str,
    detail: str,
    since_ns: int,
    active: bool = False,  # noqa: FBT001, FBT002
) -> Notice:
    return Notice(id=name, priority=priority, text=text, detail=detail, since_ns=since_ns, active=active)

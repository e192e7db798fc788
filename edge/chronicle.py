"""The chronicle: what happened to commands, agents, gate and journal, as log lines with run, tick and trace.

A trace leads from a measurement to the read-back of a command: whoever greps for it finds the command's whole
life, here and in the journal. The log is for eyes; the journal is the evidence, so a tick writes at most
`LINES` lines of a kind and says how many more there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog

from kernel.command import Command, Outcome, Receipt, Sent, Transmission
from kernel.pipe.state import InFlight, PipeState
from kernel.pipe.tick import Decided, Inputs, Outputs, Refused

LINES: Final = 20
"""Lines of one kind that one tick may write; of more it says how many there were."""
_Line = tuple[str, str, dict[str, Any]]
"""Level, event, fields."""


class Chronicle:
    """Hears every tick and writes what is new in it."""

    def __init__(self, run: str) -> None:
        """Write lines of a run."""
        self._log = structlog.get_logger("chronicle").bind(run=run)
        self._open: Mapping[str, InFlight] = {}

    def begin(self, state: PipeState) -> None:
        """Take up the commands that a run before left open, so that their ends carry their traces."""
        self._open = state.in_flight

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Write the lines of a tick."""
        outputs, flights, self._open = decided.outputs, self._open, decided.state.in_flight
        if not outputs.is_news():
            return
        traced = {name: flight.command for name, flight in flights.items()}
        self._write(inputs.tick, (_command(command) for command in outputs.commands), len(outputs.commands))
        self._write(inputs.tick, (_sent(sent, traced) for sent in outputs.sent), len(outputs.sent))
        self._write(inputs.tick, (_receipt(one, traced) for one in outputs.receipts), len(outputs.receipts))
        self._write(inputs.tick, (_refused(refused) for refused in outputs.refused), len(outputs.refused))
        for level, event, fields in _changes(outputs):
            self._say(level, event, inputs.tick, fields)

    def _write(self, tick: int, lines: Iterable[_Line], count: int) -> None:
        for number, (level, event, fields) in enumerate(lines):
            if number == LINES:
                self._say("info", f"more of the same: {event}", tick, {"count": count - LINES})
                return
            self._say(level, event, tick, fields)

    def _say(self, level: str, event: str, tick: int, fields: dict[str, Any]) -> None:
        getattr(self._log, level)(event, tick=tick, **fields)


def _command(command: Command) -> _Line:
    fields = {
        "trace": command.trace,
        "command": command.id,
        "point": command.point,
        "value": command.value,
        "authority": command.authority,
        "revision": command.revision,
        "reason": command.reason,
    }
    return "debug" if command.renewal else "info", "command journalled", fields


def _sent(sent: Sent, traced: Mapping[str, Command]) -> _Line:
    is_there = sent.transmission is Transmission.WRITTEN
    fields = {**_of(sent.command, traced), "transmission": sent.transmission.value, "detail": sent.detail}
    return "debug" if is_there else "warning", "command on the wire", fields


def _receipt(receipt: Receipt, traced: Mapping[str, Command]) -> _Line:
    fields = {**_of(receipt.command, traced), "outcome": receipt.outcome.value, "detail": receipt.detail}
    is_renewal = receipt.command in traced and traced[receipt.command].renewal
    if receipt.outcome is not Outcome.DONE:
        return "warning", "command ended", fields
    return "debug" if is_renewal else "info", "command ended", fields


def _refused(refused: Refused) -> _Line:
    fields = {
        "trace": refused.trace,
        "command": refused.id,
        "point": refused.point,
        "value": refused.value,
        "asked_by": refused.asked_by,
        "rule": refused.rule,
        "reason": refused.reason,
        "revision": refused.revision,
    }
    return "warning", f"decision refused: {refused.kind}", fields


def _of(command: str, traced: Mapping[str, Command]) -> dict[str, Any]:
    known = traced.get(command)
    return {"trace": "" if known is None else known.trace, "command": command}


def _changes(outputs: Outputs) -> Iterable[_Line]:
    """Yield what began or ended: rungs, the gate, the journal."""
    for change in outputs.rungs:
        fields = {
            "agent": change.agent,
            "before": change.before,
            "rung": change.now.rung,
            "why": change.now.why,
        }
        yield "info" if change.now.rung == "model" else "warning", "agent changed its rung", fields
    for what, failure in (("policy gate", outputs.gate_failure), ("journal", outputs.journal_failure)):
        if failure is not None:
            said = "gives no usable answer" if failure else "is back"
            yield "error" if failure else "info", f"{what} {said}", {"why": failure}

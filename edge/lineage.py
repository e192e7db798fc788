"""Lineage: the way of one command through the pipe, read back from the journal.

Everything stands in the command journal itself: the recorder may have dropped the ticks long ago.
"""

from __future__ import annotations

import msgspec

from kernel.command import NEVER_LEFT, Command, Receipt, Sent
from kernel.forecast import Forecast
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Basis, ForecastUsed, Refused
from kernel.question import Question, QuestionChange
from kernel.remote import Signed
from kernel.request import Requested
from kernel.shell.wire import Lineage
from kernel.verdict import Allow, Ask, Clamp, Deny, Verdict


def lineage(journal: CommandJournal, command_id: str) -> Lineage:
    """Collect what the journal knows of a command or refusal; what is missing is said."""
    command: Command | None = None
    basis: Basis | None = None
    refused: Refused | None = None
    receipt: Receipt | None = None
    sent: Sent | None = None
    for entry in journal.entries(subject=command_id):
        match entry.kind:
            case "command":
                command = msgspec.json.decode(entry.body, type=Command)
            case "basis":
                basis = msgspec.json.decode(entry.body, type=Basis)
            case "refused":
                refused = msgspec.json.decode(entry.body, type=Refused)
            case "sent":
                sent = msgspec.json.decode(entry.body, type=Sent)
            case "receipt":
                receipt = msgspec.json.decode(entry.body, type=Receipt)
            case _:
                pass
    return Lineage(
        command=command,
        decision=None if basis is None else basis.decision,
        proposals=() if basis is None else basis.proposals,
        measurements=() if basis is None else basis.measurements,
        forecasts=() if basis is None else tuple(_forecast(used) for used in basis.forecasts),
        verdict=_verdict(command, basis, refused),
        receipt=receipt,
        revision=command.revision if command else refused.revision if refused else "",
        written_at_ns=_on_the_wire(sent),
        decided_at_ns=command.issued_at_ns if command else refused.at_ns if refused else None,
        signed=None if basis is None else _signed(journal, basis),
        question=_question(journal, command_id if basis is None else basis.question or command_id),
        confidence=None if basis is None else basis.confidence,
        missing=_missing(command_id, command, refused, receipt),
    )


def _forecast(used: ForecastUsed) -> Forecast:
    """Return what was kept of a forecast: its highest interval alone."""
    return Forecast(
        point=used.point,
        made_at_ns=used.made_at_ns,
        start_ns=used.highest_at_ns,
        step_s=used.step_s,
        quantiles=used.quantiles,
        values=(used.highest,),
        model=used.model,
        rung=used.rung,
    )


def _signed(journal: CommandJournal, basis: Basis) -> Signed | None:
    """Return the token behind the wish that was decided for; None where nobody signed it."""
    keys = [p.key for p in basis.proposals if p.key and p.agent == basis.decision.chosen_by]
    for entry in (entry for key in keys for entry in journal.entries(subject=key)):
        if entry.kind == "request":
            signed = msgspec.json.decode(entry.body, type=Requested).signed
            if signed is not None:
                return signed
    return None


def _question(journal: CommandJournal, name: str) -> Question | None:
    """Return a question as it stands now; None where none has that name."""
    told = [entry.body for entry in journal.entries(subject=name) if entry.kind == "question"]
    return msgspec.json.decode(told[-1], type=QuestionChange).question if told else None


def _on_the_wire(sent: Sent | None) -> int | None:
    """Return when a command left the gateway; None where it did not."""
    if sent is None or sent.transmission in NEVER_LEFT:
        return None
    return sent.at_ns


def _verdict(command: Command | None, basis: Basis | None, refused: Refused | None) -> Verdict | None:
    """Return what policy said; where it set bounds and then allowed the value within them, the bounds."""
    if refused is not None:
        kind = Ask if refused.kind == "ask" else Deny
        return kind(rule=refused.rule, reason=refused.reason, revision=refused.revision)
    if command is None:
        return None
    clamp = None if basis is None else basis.decision.clamped_by
    if clamp is None:
        return Allow(revision=command.revision)
    rule = clamp.agent.removeprefix("policy:")
    return Clamp(rule=rule, reason=clamp.reason, revision=command.revision, low=clamp.low, high=clamp.high)


def _missing(
    command_id: str, command: Command | None, refused: Refused | None, receipt: Receipt | None
) -> str:
    if command is None and refused is None:
        return f"the journal knows no command {command_id}"
    if command is not None and receipt is None:
        return "its outcome is not known yet"
    if command is not None and command.authority == "safe_set":
        return "the safe set needs no decision: its value was permitted when the site was loaded"
    return ""

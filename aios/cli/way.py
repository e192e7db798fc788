"""Explaining: a lineage as lines of text, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterator

from aios.cli.out import moment
from aios.sureness import sureness
from kernel.decision import Narrowing
from kernel.journal.commands import CommandJournal
from kernel.quality import describe
from kernel.shell.wire import Lineage
from kernel.verdict import Allow

_LAST = {"last": "command", "last-refused": "refused"}


def find_command(journal: CommandJournal, name: str) -> str:
    """Return the id that a name stands for: itself, or the newest command or refusal."""
    kind = _LAST.get(name)
    if kind is None:
        return name
    subjects = [entry.subject for entry in journal.entries() if entry.kind == kind]
    return subjects[-1] if subjects else ""


def told(way: Lineage, command_id: str, *, time_zone: str = "UTC") -> Iterator[str]:
    """Tell a lineage: inputs, proposals, arbitration, verdict, write, read-back, with times and ages."""
    decided_ns = way.decided_at_ns
    yield f"[bold]{command_id}[/bold]  {_what(way)}"
    for m in way.measurements:
        age_s = (decided_ns - m.at_ns) / 1e9 if decided_ns else 0.0
        at = moment(m.at_ns, time_zone)
        yield f"  measured   {m.point} = {m.value:g}, {describe(m.quality)}, at {at}, {age_s:.0f} s old"
    for f in way.forecasts:
        made = moment(f.made_at_ns, time_zone)
        age_s = (decided_ns - f.made_at_ns) / 1e9 if decided_ns else 0.0
        top = f"highest {f.values[0][len(f.quantiles) // 2]:.0f} at {moment(f.start_ns, time_zone)}"
        yield f"  forecast   {f.point} by {f.model}, rung {f.rung}, made {made}, {age_s:.0f} s old; {top}"
    if way.signed is not None:
        one, role = way.signed, f", role {way.signed.role}" if way.signed.role else ""
        yield f"  signed     with key {one.key} ({one.public_key}){role}; remote command {one.id}"
    for p in way.proposals:
        wish = "bounds only" if p.wanted is None else f"wants {p.wanted:g}"
        yield f"  proposed   {p.agent} {wish} (priority {p.priority.name.lower()}, rung {p.rung}): {p.reason}"
    for line in sureness(way.confidence):
        yield f"  confidence {line}"
    if way.decision is not None:
        for step in way.decision.narrowed_by:
            yield f"  narrowed   {step.agent} to {_left(step)}: {step.reason}"
        when = f", at {moment(decided_ns, time_zone)}" if decided_ns else ""
        yield f"  decided    {way.decision.value:g}, the wish of {way.decision.chosen_by}{when}"
        if way.decision.conflict is not None:
            yield f"  conflict   {way.decision.conflict.text}"
    yield f"  verdict    {_verdict(way)}"
    yield from _answers(way, time_zone)
    yield from _outcome(way, time_zone)
    if way.missing:
        yield f"  note       {way.missing}"


def _left(step: Narrowing) -> str:
    low = "-inf" if step.low is None else f"{step.low:g}"
    return f"\\[{low}, {'inf' if step.high is None else f'{step.high:g}'}]"


def _what(way: Lineage) -> str:
    if way.command is not None:
        return f"{way.command.point} = {way.command.value:g} ({way.command.authority})"
    return f"{way.decision.point} = {way.decision.value:g}, refused" if way.decision else "refused"


def _verdict(way: Lineage) -> str:
    verdict = way.verdict
    if verdict is None:
        return "none"
    if isinstance(verdict, Allow):
        if way.command is not None and way.command.authority == "safe_set":
            return f"safe set, permitted when the site was loaded, revision {verdict.revision}"
        return f"allow, revision {verdict.revision}"
    return (
        f"{type(verdict).__name__.lower()} by {verdict.rule}, revision {verdict.revision}: {verdict.reason}"
    )


def _answers(way: Lineage, time_zone: str) -> Iterator[str]:
    """Say who agreed to it and who did not, where people were asked."""
    for one in () if way.question is None else way.question.answers:
        role, at = f" ({one.role})" if one.role else "", moment(one.at_ns, time_zone)
        yield f"  answered   {one.person}{role}: {'yes' if one.granted else 'no'}, {one.reason}, at {at}"


def _outcome(way: Lineage, time_zone: str) -> Iterator[str]:
    command, receipt = way.command, way.receipt
    if command is None:
        yield "  written    no"
        return
    number = "" if command.sequence is None else f", sequence {command.sequence}"
    revert = (
        ""
        if command.reversion_s is None
        else f", device reverts to {command.reversion_value:g} after {command.reversion_s:g} s"
    )
    yield f"  journalled {moment(command.issued_at_ns, time_zone)}{number}{revert}"
    if way.written_at_ns is None:
        yield "  written    no byte left the gateway, as far as the journal knows"
    else:
        after_s = (way.written_at_ns - command.issued_at_ns) / 1e9
        wire = moment(way.written_at_ns, time_zone)
        yield f"  written    on the wire {wire}, {after_s:.1f} s after the decision"
    if receipt is not None:
        value = "" if receipt.value is None else f", {receipt.value:g} read back"
        took = (receipt.at_ns - command.issued_at_ns) / 1e9
        yield f"  outcome    {receipt.outcome.value} after {took:.0f} s{value}: {receipt.detail}"

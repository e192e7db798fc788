"""The way of one command, step by step: from measurement to read-back, each with time and age."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from aios.control_room.figures import exact, number
from aios.control_room.times import clock, duration, seconds_between
from aios.sureness import sureness
from kernel.decision import Narrowing
from kernel.forecast import Forecast
from kernel.measurement import Measurement
from kernel.proposal import Proposal
from kernel.quality import INVALID, VALIDITY, describe
from kernel.shell.wire import Lineage
from kernel.verdict import Allow, Clamp

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way, as a small table; `nothing` says why it is empty."""

    title: str
    columns: Row
    rows: tuple[Row, ...]
    nothing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The whole way."""

    id: str
    title: str
    summary: str
    severity: str
    missing: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Words times and values against the moment of decision."""

    units: Mapping[str, str]
    decided_ns: int
    zone: tzinfo

    def value(self, value: float | None, point: str) -> str:
        if value is None:
            return "–"
        return exact(value, self.units[point]) if point in self.units else f"{number(value)} (unit not known)"

    def when(self, at_ns: int) -> str:
        apart = seconds_between(at_ns, self.decided_ns)
        if abs(apart) < 1:
            return f"{clock(at_ns, self.zone)} · with the decision"
        word = "before" if apart > 0 else "after"
        return f"{clock(at_ns, self.zone)} · {duration(abs(apart))} {word}"


def way(lineage: Lineage, command_id: str, units: Mapping[str, str], zone: tzinfo) -> Way:
    """Word the way of a command.

    Args:
        lineage: what the gateway knows.
        command_id: the id that was asked for.
        units: unit of each point, by name.
        zone: time zone of the clock times.
    """
    reader = _Reader(units, _decided_ns(lineage), zone)
    return Way(
        id=command_id,
        title=_title(lineage, reader),
        summary=_summary(lineage),
        severity=_severity(lineage),
        missing=lineage.missing,
        steps=(
            _measured(lineage, reader),
            _forecast(lineage, reader),
            _proposed(lineage, reader),
            _narrowed(lineage, reader),
            _judged(lineage),
            _answered(lineage, reader),
            _written(lineage, reader),
            _read_back(lineage, reader),
        ),
    )


def _decided_ns(lineage: Lineage) -> int:
    """Return when it was decided; where that is not known, when the last of its readings was."""
    if lineage.decided_at_ns is not None:
        return lineage.decided_at_ns
    return max((m.available_at_ns for m in lineage.measurements), default=0)


def _point(lineage: Lineage) -> str:
    if lineage.command is not None:
        return lineage.command.point
    return "" if lineage.decision is None else lineage.decision.point


def _title(lineage: Lineage, reader: _Reader) -> str:
    asked = lineage.command or lineage.decision
    return "Not known" if asked is None else f"{asked.point} → {reader.value(asked.value, asked.point)}"


def _summary(lineage: Lineage) -> str:
    parts = [lineage.command.reason if lineage.command else ""]
    if lineage.verdict is not None:
        parts.append(f"verdict {type(lineage.verdict).__name__.lower()}")
    if lineage.receipt is not None:
        parts.append(f"outcome {lineage.receipt.outcome.replace('_', ' ')}")
    return " · ".join(part for part in parts if part)


def _severity(lineage: Lineage) -> str:
    if lineage.receipt is not None:
        return "" if lineage.receipt.outcome == "done" else "p2"
    return "p3" if lineage.verdict is not None and not isinstance(lineage.verdict, Allow | Clamp) else ""


def _measured(lineage: Lineage, reader: _Reader) -> Step:
    def row(m: Measurement) -> Row:
        present = m.quality & VALIDITY not in {INVALID, 2}
        value = reader.value(m.value, m.point) if present else "no value"
        return (m.point, value, describe(m.quality), reader.when(m.at_ns), reader.when(m.available_at_ns))

    return Step(
        title="Measured",
        columns=("point", "value", "quality", "about", "known"),
        rows=tuple(row(measurement) for measurement in lineage.measurements),
        nothing="no measurement stands behind it",
    )


def _forecast(lineage: Lineage, reader: _Reader) -> Step:
    def row(f: Forecast) -> Row:
        peak = max((high[-1] for high in f.values if high), default=None)
        top = f"{round(f.quantiles[-1] * 100)} % quantile" if f.quantiles else ""
        peaked = f"{reader.value(peak, f.point)} ({top})"
        return (f.point, f.model, f.rung, peaked, reader.when(f.made_at_ns))

    return Step(
        title="Forecast",
        columns=("point", "model", "rung", "highest ahead", "made"),
        rows=tuple(row(forecast) for forecast in lineage.forecasts),
        nothing="no forecast was used",
    )


def _proposed(lineage: Lineage, reader: _Reader) -> Step:
    def row(p: Proposal) -> Row:
        bounds = f"{reader.value(p.low, p.point)} to {reader.value(p.high, p.point)}"
        return (
            p.agent,
            reader.value(p.wanted, p.point),
            "–" if p.low is None and p.high is None else bounds,
            p.reason if p.confidence is None else f"{p.reason} (sure {p.confidence:.0%})",
            p.rung,
            reader.when(p.made_at_ns),
        )

    return Step(
        title="Proposed",
        columns=("by", "wanted", "bounds", "why", "rung", "made"),
        rows=tuple(row(proposal) for proposal in lineage.proposals),
        nothing="no proposal stands behind it",
    )


def _narrowed(lineage: Lineage, reader: _Reader) -> Step:
    decision, point = lineage.decision, _point(lineage)

    def row(n: Narrowing) -> Row:
        low, high = -math.inf if n.low is None else n.low, math.inf if n.high is None else n.high
        left = f"{reader.value(low, point)} to {reader.value(high, point)}"
        return (n.agent, left, reader.value(n.wanted, point), n.reason, n.rung)

    narrowed = tuple(row(narrowing) for narrowing in decision.narrowed_by) if decision else ()
    chosen: tuple[Row, ...] = ()
    if decision is not None:
        why = decision.conflict.text if decision.conflict else "chosen inside what the others left"
        chosen = ((decision.chosen_by, "–", reader.value(decision.value, point), why, "–"),)
    return Step(
        title="Narrowed and chosen",
        columns=("by", "left", "wanted", "why", "rung"),
        rows=narrowed + chosen,
        nothing="the decision is not known",
    )


def _judged(lineage: Lineage) -> Step:
    verdict = lineage.verdict
    rows: tuple[Row, ...] = ()
    if isinstance(verdict, Allow):
        rows = (("allow", "–", "an explicit permit", verdict.revision),)
    elif verdict is not None:
        rows = ((type(verdict).__name__.lower(), verdict.rule, verdict.reason, verdict.revision),)
    rows += tuple(("–", "confidence", line, "–") for line in sureness(lineage.confidence))
    return Step(
        title="Judged",
        columns=("verdict", "rule", "reason", "policy revision"),
        rows=rows,
        nothing="the gate gave no verdict",
    )


def _answered(lineage: Lineage, reader: _Reader) -> Step:
    answers = () if lineage.question is None else lineage.question.answers
    unanswered = "nobody was asked" if lineage.question is None else "nobody has answered"
    return Step(
        title="Answered",
        columns=("person", "role", "answer", "why", "when"),
        rows=tuple(
            (one.person, one.role or "–", "yes" if one.granted else "no", one.reason, reader.when(one.at_ns))
            for one in answers
        ),
        nothing=unanswered,
    )


def _written(lineage: Lineage, reader: _Reader) -> Step:
    command, written = lineage.command, lineage.written_at_ns
    rows: tuple[Row, ...] = ()
    if command is not None:
        on_wire = "not written" if written is None else reader.when(written)
        sequence = "–" if command.sequence is None else str(command.sequence)
        value = reader.value(command.value, command.point)
        valid = clock(command.valid_until_ns, reader.zone)
        rows = ((value, command.operation, command.authority, sequence, on_wire, valid),)
    return Step(
        title="Written",
        columns=("value", "operation", "authority", "sequence", "on the wire", "valid until"),
        rows=rows,
        nothing="nothing was written",
    )


def _read_back(lineage: Lineage, reader: _Reader) -> Step:
    receipt = lineage.receipt
    rows: tuple[Row, ...] = ()
    if receipt is not None:
        value = reader.value(receipt.value, _point(lineage))
        rows = ((receipt.outcome.replace("_", " "), value, receipt.detail, reader.when(receipt.at_ns)),)
    return Step(
        title="Read back",
        columns=("outcome", "value", "detail", "at"),
        rows=rows,
        nothing="nothing was read back yet" if lineage.command else "nothing was written",
    )

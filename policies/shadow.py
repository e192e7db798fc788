"""Shadow: a candidate's verdicts beside the active one's, on the same requests; where they differ, a row.

Pure. The candidate's verdicts count for nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from kernel.ports import GateRequest
from kernel.verdict import Allow, Judgement, Verdict
from policies.loosening import in_words, loosens

ROWS: Final = 10_000
"""Rows that are kept; beyond, differences are counted and not listed."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A command on which a candidate says something else than the active bundle."""

    tick: int
    until_tick: int
    """Last tick of those in a row of questions in which it is the same difference about the same point."""
    at_ns: int
    """Civil time of the first, nanoseconds since 1970 UTC."""
    command: str
    """Id of the first command."""
    point: str
    value: float
    """What the first command would write, in the point's unit."""
    was: str
    """The active one's verdict."""
    would_be: str
    rule: str
    """The candidate's, or the active one's where the candidate allows."""
    reason: str
    loosens: bool
    """Whether the candidate lets through what the active one holds back."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate would have said otherwise."""

    active: str
    candidate: str
    ticks: int = 0
    """Recorded ticks that were gone through; 0 beside a running gateway."""
    requests: int = 0
    """Questions that both answered."""
    commands: int = 0
    """Commands in them."""
    unanswered: int = 0
    """Questions that one of them, or both, did not answer."""
    differing: int = 0
    """Commands on which they differ."""
    loosened: int = 0
    """Those of them that the candidate lets through, or lets through further."""
    rows: tuple[Difference, ...] = ()

    @property
    def loosening(self) -> str:
        """Say what the candidate permits beyond the active one; empty where it was seen to permit nothing.

        What was never compared is not known to be as strict: it counts as a loosening.
        """
        if self.unanswered:
            return f"{self.unanswered} recorded requests could not be compared"
        if not self.commands:
            return "there is no recorded request to compare it on"
        if not self.loosened:
            return ""
        first = next((row for row in self.rows if row.loosens), None)
        example = f", first {first.point}: {first.was} -> {first.would_be}" if first is not None else ""
        return f"{self.loosened} of {self.commands} recorded commands are let through further{example}"


def differences(request: GateRequest, was: Judgement, would: Judgement) -> Iterator[Difference]:
    """Yield every command of a request on which two judgements differ; both must be answers."""
    for command in request.commands:
        one, other = was.verdicts.get(command.id), would.verdicts.get(command.id)
        if one is None or other is None or _same(one, other):
            continue
        said = one if isinstance(other, Allow) else other
        yield Difference(
            tick=request.tick,
            until_tick=request.tick,
            at_ns=request.now_ns,
            command=command.id,
            point=command.point,
            value=command.value,
            was=in_words(one),
            would_be=in_words(other),
            rule="" if isinstance(said, Allow) else said.rule,
            reason="" if isinstance(said, Allow) else said.reason,
            loosens=loosens(one, other),
        )


def _same(one: Verdict, other: Verdict) -> bool:
    """Tell whether two verdicts let the same through: words and revision may differ."""
    return in_words(one) == in_words(other) and not loosens(one, other) and not loosens(other, one)


@dataclass(slots=True)
class Comparison:
    """Counts as it hears, and keeps rows up to a bound."""

    active: str
    candidate: str
    ticks: int = 0
    requests: int = 0
    commands: int = 0
    unanswered: int = 0
    differing: int = 0
    loosened: int = 0
    _rows: list[Difference] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=dict)
    """Row of each point whose last command differed."""

    def hear(self, request: GateRequest, was: Judgement, would: Judgement) -> None:
        """Compare two answers to one request."""
        if not request.commands:
            return
        if was.failure or would.failure:
            self.unanswered += 1
            return
        self.requests += 1
        self.commands += len(request.commands)
        found = tuple(differences(request, was, would))
        for agreed in {command.point for command in request.commands} - {row.point for row in found}:
            self._open.pop(agreed, None)
        for row in found:
            self.differing += 1
            self.loosened += row.loosens
            self._add(row)

    @property
    def listed(self) -> int:
        """Rows so far."""
        return len(self._rows)

    def result(self) -> Compared:
        """Return what was found so far."""
        return Compared(
            active=self.active,
            candidate=self.candidate,
            ticks=self.ticks,
            requests=self.requests,
            commands=self.commands,
            unanswered=self.unanswered,
            differing=self.differing,
            loosened=self.loosened,
            rows=tuple(self._rows),
        )

    def _add(self, row: Difference) -> None:
        """Lengthen the row of the point where it says the same; else begin another."""
        at = self._open.get(row.point)
        if at is not None:
            before = self._rows[at]
            if (before.was, before.would_be, before.rule) == (row.was, row.would_be, row.rule):
                self._rows[at] = msgspec.structs.replace(before, until_tick=row.tick)
                return
        if len(self._rows) < ROWS:
            self._open[row.point] = len(self._rows)
            self._rows.append(row)

"""The commands: what was written or refused, by whose wish and which rule, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aios.control_room.figures import exact
from aios.control_room.sight import Place
from aios.control_room.times import duration, moment, seconds_between, to_ms
from kernel.shell.wire import CommandState, Snapshot

_SEVERITY: Final = {"denied": "p3", "refused": "p2", "timed_out": "p2", "unknown": "p1", "expired": "p3"}
_WORDS: Final = {"timed_out": "timed out", "safe_set": "safe set"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One command or refused decision."""

    id: str
    href: str
    at: str
    at_ms: int
    age: str
    point: str
    value: str
    asked_by: str
    verdict: str
    rule: str
    reason: str
    outcome: str
    severity: str
    """Empty for what went as it should."""
    detail: str
    renewal: bool


def commands(snapshot: Snapshot, place: Place) -> tuple[CommandRow, ...]:
    """Word the commands, newest first."""
    newest = sorted(snapshot.commands, key=lambda command: -command.at_ns)
    return tuple(_row(command, snapshot.now_ns, place) for command in newest)


def lineage_href(command_id: str) -> str:
    """Return where the way of a command is shown."""
    return f"/lineage/{quote(command_id, safe='')}"


def _outcome(command: CommandState) -> str:
    """Return what became of a command; a wish that people must agree to is not a refused one."""
    return "people asked" if command.verdict == "ask" else _WORDS.get(command.outcome, command.outcome)


def _row(command: CommandState, now_ns: int, place: Place) -> CommandRow:
    return CommandRow(
        id=command.id,
        href=lineage_href(command.id),
        at=moment(command.at_ns, now_ns, place.zone),
        at_ms=to_ms(command.at_ns),
        age=duration(seconds_between(command.at_ns, now_ns)),
        point=command.point,
        value=exact(command.value, command.unit),
        asked_by=command.asked_by,
        verdict=_WORDS.get(command.verdict, command.verdict),
        rule=command.rule,
        reason=command.reason,
        outcome=_outcome(command),
        severity="asked" if command.verdict == "ask" else _SEVERITY.get(command.outcome, ""),
        detail=command.detail,
        renewal=command.renewal,
    )

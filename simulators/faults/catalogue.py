"""The catalogue: one declarative row for each kind of fault, read from three files by level.

A row says what the amount means, what the fault does to a measurement, and what the gateway makes of it
within which time. Tests hold the gateway to the rows; the table in docs/faults.md is made of them. Where the
gateway has no answer, the row says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from simulators.faults.kinds import FaultKind, Level

_FOLDER: Final = "simulators.faults"


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be known of one kind of fault."""

    name: FaultKind
    level: Level
    target: str
    """What it befalls: a word of `simulators.faults.couplings.targets`."""
    effect: str
    """What it does, and what a meter shows of it."""
    amount: str = ""
    """What the amount means, with its unit; empty where it has none."""
    low: float = 0.0
    high: float = 1.0
    """Range of the amount."""
    ramp: bool = False
    """Whether it may come slowly."""
    seen_in: str = ""
    """Where the gateway shows it: quality, receipt, repair order, state, alarm; empty where it does not."""
    seen_as: str = ""
    """In which words; of an alarm, its condition."""
    within_s: float = 0.0
    """Within what time from its onset, seconds, in the run that tests the row."""
    tested: str
    """What that run was: size and length of the fault, and what else was there."""
    needs: str = ""
    """What the gateway would need to see it; empty where it does."""

    @property
    def is_seen(self) -> bool:
        """Whether the gateway answers."""
        return bool(self.seen_in)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: list[Row]


@cache
def catalogue() -> Mapping[FaultKind, Row]:
    """Return all rows by kind: physics, then devices, then bytes."""
    rows: dict[FaultKind, Row] = {}
    for level in Level:
        text = files(_FOLDER).joinpath(f"{level}.toml").read_bytes()
        rows |= {row.name: row for row in msgspec.toml.decode(text, type=_File).kind}
    return MappingProxyType(rows)


def row_of(kind: FaultKind) -> Row:
    """Return the row of a kind.

    >>> row_of(FaultKind.BLOCKED_COOLER).target
    'transformer'
    """
    return catalogue()[kind]


def table() -> str:
    """Return the catalogue as three tables in Markdown, one for each level."""
    return "\n".join(_section(level) for level in Level)


def _section(level: Level) -> str:
    head = (
        f"### {level.capitalize()}\n\n"
        "| kind | target | amount | does | the gateway's answer | within | tested with |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    return head + "".join(_line(row) for row in catalogue().values() if row.level is level)


def _line(row: Row) -> str:
    slow = ", may come slowly" if row.ramp else ""
    amount = f"{row.amount}; {row.low:g} to {row.high:g}{slow}" if row.amount else "none"
    answer = f"{row.seen_in}: {row.seen_as}" if row.is_seen else f"**not yet**: {row.needs}"
    within = _time(row.within_s) if row.is_seen else ""
    return f"| `{row.name}` | {row.target} | {amount} | {row.effect} | {answer} | {within} | {row.tested} |\n"


def _time(seconds: float) -> str:
    """Say a time shortly.

    >>> _time(90.0), _time(3600.0), _time(172800.0)
    ('90 s', '1 h', '2 days')
    """
    if seconds < 300.0:
        return f"{seconds:g} s"
    if seconds < 3600.0:
        return f"{seconds / 60.0:g} min"
    return f"{seconds / 3600.0:g} h" if seconds < 86_400.0 else f"{seconds / 86_400.0:g} days"

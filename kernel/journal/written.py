"""Written: what the journal remembers of every set-point, read from its newest command backwards.

A point that is written once a year stands beside one that is written every tick: it is looked for until it is
found, however far back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from kernel.command import Command, Outcome
from kernel.pipe.state import Operated
from kernel.point import Operation

LOOKED_BACK: Final = 10_000
"""Newest commands that are looked through for the course of a set-point; beyond, only for its last one."""
NEVER_EXECUTED: Final = (Outcome.EXPIRED, Outcome.REFUSED)


class _Mark(msgspec.Struct, frozen=True):
    """What tells whether a command is looked for."""

    point: str
    sequence: int | None = None


class _Operation(msgspec.Struct, frozen=True):
    """What tells whether a command has operated something that wears."""

    point: str
    value: float
    issued_at_ns: int
    renewal: bool = False
    test: bool = False


def operations(bodies: Iterable[str], points: Collection[str], *, since_ns: int) -> list[Operated]:
    """Return what was operated on these points, the newest first.

    Args:
        bodies: commands as JSON, the newest first.
        points: whose operations count.
        since_ns: operational time; nothing older is read.
    """
    done: list[Operated] = []
    for body in bodies if points else ():
        one = msgspec.json.decode(body, type=_Operation)
        if one.issued_at_ns < since_ns:
            break
        if one.point in points and not (one.renewal or one.test):
            done.append(Operated(point=one.point, value=one.value, at_ns=one.issued_at_ns))
    return done


def last_sequences(bodies: Iterable[str], points: Collection[str]) -> dict[str, int]:
    """Return the last sequence number used on each point.

    Args:
        bodies: commands as JSON, the newest first.
        points: where all of these are found, nothing older is read.
    """
    last: dict[str, int] = {}
    missing = set(points)
    for number, body in enumerate(bodies):
        if number >= LOOKED_BACK and not missing:
            break
        mark = msgspec.json.decode(body, type=_Mark)
        if mark.sequence is not None:
            last.setdefault(mark.point, mark.sequence)
            missing.discard(mark.point)
    return last


def set_points(
    rows: Iterable[tuple[str, str | None]], points: Collection[str]
) -> dict[str, list[tuple[Command, bool]]]:
    """Return what was written on each set-point, the newest first, and whether it was read back.

    What never reached its device is not among it.

    Args:
        rows: commands as JSON and their outcomes, the newest first.
        points: where all of these are found, nothing older than `LOOKED_BACK` is read.
    """
    written: dict[str, list[tuple[Command, bool]]] = {}
    missing = set(points)
    for number, (body, outcome) in enumerate(rows):
        if number >= LOOKED_BACK and not missing:
            break
        if number >= LOOKED_BACK and msgspec.json.decode(body, type=_Mark).point not in missing:
            continue
        command = msgspec.json.decode(body, type=Command)
        if command.operation is Operation.SETPOINT and outcome not in NEVER_EXECUTED:
            written.setdefault(command.point, []).append((command, outcome == Outcome.DONE))
            missing.discard(command.point)
    return written

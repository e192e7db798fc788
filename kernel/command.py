"""Commands and receipts: a signed-off write with validity, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kernel.point import Operation


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A write as it would leave: a candidate; where it stands among the outputs permitted, and sent once."""

    id: str
    """Derived from run, tick and index: the same in every replay."""
    trace: str
    point: str
    value: float
    operation: Operation
    tick: int
    issued_at_ns: int
    valid_until_ns: int
    sequence: int | None = None
    """Number that the device's sequence register takes with the value, in one write."""
    reversion_value: float | None = None
    reversion_s: float | None = None
    authority: str
    """By which right it is asked for: `gate` or `safe_set`."""
    revision: str
    """Policy revision that is expected to permit it, and did where it was sent."""
    reason: str
    renewal: bool = False
    """True where it repeats a value that stands already."""
    asked_by: str = ""
    """Whose wish the value is: an agent's name or `person:NAME`; empty for the safe set."""
    test: bool = False
    """True where its point is in test: it is journalled and never queued."""


class Outcome(StrEnum):
    """The end states of a command; every journalled command reaches exactly one."""

    DONE = "done"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    """The device was read in time and had not done it."""
    EXPIRED = "expired"
    """It was never sent."""
    UNKNOWN = "unknown"
    """It may or may not have been executed; a pulse then goes to a person."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a command."""

    command: str
    outcome: Outcome
    at_ns: int
    detail: str
    value: float | None = None
    """What was read back, in the unit of the feedback point."""


class Transmission(StrEnum):
    """What the wire said of one write."""

    WRITTEN = "written"
    """The device acknowledged; its effect is still to be read back."""
    REFUSED = "refused"
    """The device answered with an exception."""
    NOT_SENT = "not_sent"
    """Nothing reached the device: no byte left, or a gateway before the device passed nothing on."""
    NO_ANSWER = "no_answer"
    """It may or may not have been executed."""
    EXPIRED = "expired"
    """Its validity ended before it could be sent."""
    SUPERSEDED = "superseded"
    """A newer set-point for the same point took its place in the queue."""


NEVER_LEFT: Final = frozenset({Transmission.NOT_SENT, Transmission.EXPIRED, Transmission.SUPERSEDED})
"""Reports of commands of which nothing reached the device."""


class Sent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The driver's report on one command, an input of a later tick."""

    command: str
    transmission: Transmission
    at_ns: int
    detail: str = ""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A command that must not leave the gateway any more, where it has not left yet."""

    command: str
    point: str
    """On whose bus it waits."""
    why: str

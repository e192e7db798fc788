"""Requests: what CLI, control room and demo may ask a running gateway."""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.instruction import Instruction

VERSION: Final = 1


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First request on a connection."""

    version: int = VERSION


class GetSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the state of the gateway as it is now, or as the next tick leaves it."""

    seen_tick: int | None = None
    """Tick that the asker has seen: the answer waits for another one. None wants an answer at once."""
    wait_s: float = 0.0
    """How long it waits at most, real seconds; then the state is told as it is."""


class GetLineage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask where a command came from and what became of it."""

    command: str


class GetTree(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the tree of supervisors with everything that runs."""


class PutRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person asks for a value on a point; arbiter and gate decide."""

    point: str
    value: float
    person: str
    reason: str
    validity_s: float = 60.0
    key: str = ""
    """Idempotency key: sent again with the same one, it has no second effect; empty means it has none."""
    role: str = ""
    """Role of the person, such as `OPERATOR` (IEC 62351-8)."""
    way: str = ""
    """How the person is known; the gateway sets it."""
    sign_in: str = ""
    """The sign-in that they act in; the gateway sets it."""
    vouch: str = ""
    """What a control room signs of who asks, see `edge.access.vouch`; empty where nobody vouches."""


class Instruct(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person tells the gateway something that is no wish for a value."""

    instruction: Instruction
    """Its times are set by the gateway."""
    for_s: float = 0.0
    """How long it holds from now, operational seconds; 0 means until it is told otherwise."""
    vouch: str = ""
    """What a control room signs of who tells it, see `edge.access.vouch`; empty where nobody vouches."""


class HearCommand(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A token came from the broker; whoever fetched it has verified nothing."""

    token: str
    """Compact JWS, see `kernel.remote`."""
    waiting: int = 0
    """Tokens that wait behind it where it was fetched."""
    bound: int = 0
    """How many may."""
    dropped: int = 0
    """How many were dropped there because too many waited."""


class GetMetrics(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the figures that are watched over time."""


class Reload(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the gateway to run by another revision of its site file."""

    file: str = ""
    """The site file; empty for the one it was started with."""
    back: bool = False
    """Return to the revision before instead; `file` does not matter then."""


class GetProcesses(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the process table."""


class GetBuses(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the devices and the wires that they share."""


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the gateway to end in order."""


Request = (
    Hello
    | GetSnapshot
    | GetLineage
    | GetMetrics
    | GetProcesses
    | GetBuses
    | GetTree
    | PutRequest
    | Instruct
    | HearCommand
    | Reload
    | Stop
)

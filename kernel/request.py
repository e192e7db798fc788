"""Requests: what people ask for, under a key, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kernel.remote import Signed


class RequestStage(StrEnum):
    """Where a person's request stands."""

    SIGNED = "signed"
    """It came from afar with a good signature: this entry keeps the token, the next says what came of it."""
    TAKEN = "taken"
    """It stands beside the wishes of agents, and waits for its device and its turn."""
    ASKED = "asked"
    """Policy asks people about it."""
    PERMITTED = "permitted"
    """A command came of it."""
    REFUSED = "refused"
    """By the door, by policy, or because gate or journal failed."""
    SUPERSEDED = "superseded"
    """The same person asked for something else on the point."""
    EXPIRED = "expired"
    """Its time was over before a command came of it."""


OPEN_REQUESTS: Final = frozenset({RequestStage.TAKEN, RequestStage.ASKED})


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """A person's request as it stands; the journal keeps one entry for each stage."""

    key: str
    """Idempotency key: the same request sent again has the same one."""
    person: str
    point: str
    value: float | None
    """In the unit of the point; None where what was asked for is no number."""
    reason: str
    stage: RequestStage
    at_ns: int
    """When it came into this stage."""
    expires_at_ns: int = 0
    why: str = ""
    """Why it is in this stage."""
    command: str = ""
    """Id of the command, question or refusal that came of it."""
    signed: Signed | None = None
    """How it was signed; in the entries that the door made of a remote command, None in all others."""
    refusal: str = ""
    """Name of the reason for which a remote command was not taken (`kernel.remote.NotTaken`)."""
    role: str = ""
    """Role in which they asked; empty where nobody vouched for one."""
    way: str = ""
    """How the person is known: `desk`, `token` or `socket`; empty where it is told by `signed`."""
    sign_in: str = ""
    """The sign-in that they acted in; empty where nobody vouched."""

"""Proposals: what an agent, a person or a limit wants of a point, and why."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from kernel.confidence import Expectation


class Priority(IntEnum):
    """Who narrows first; a smaller number is a higher priority."""

    ENVELOPE = 0
    SHAPING = 5
    """How far a set-point may move, as its point declares."""
    POLICY = 10
    OVERRIDE = 15
    """A person over all agents, for a time."""
    SAFETY = 20
    PERSON = 30
    CONTROL = 40
    OPERATION = 50


class Proposal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A wanted value and bounds on one point; it stands until it expires or its maker replaces it.

    Invariant: `low` <= `high` where both are given.
    """

    agent: str
    """Maker: an agent's name, `person:NAME`, `envelope` or `policy:RULE`."""
    point: str
    priority: Priority
    wanted: float | None = None
    """Value wanted, in the point's unit; None where the maker only bounds."""
    low: float | None = None
    high: float | None = None
    reason: str
    confidence: float | None = None
    """How sure its maker is, 0 to 1; None where it does not say, which is never taken for sure."""
    made_at_ns: int
    expires_at_ns: int
    rung: str = "model"
    """Rung of the degradation ladder the maker stands on."""
    evidence: tuple[str, ...] = ()
    """What it rests on: names of points, forecasts and findings with their times."""
    once: bool = False
    """True for an operation that a person asks for once, such as a breaker pulse."""
    key: str = ""
    """Idempotency key of a person's request; empty for agents."""
    confidence_basis: str = ""
    """How the confidence was obtained, in words."""
    expects: Expectation | None = None
    """What will be seen if it is right: by such outcomes its maker's confidence is calibrated."""

"""Verdicts: what policy says of a command."""

from __future__ import annotations

import msgspec


class Allow(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """An explicit permit of a known policy revision."""

    revision: str


class Clamp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The value must lie inside these bounds."""

    rule: str
    reason: str
    revision: str
    low: float | None = None
    high: float | None = None


class Deny(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The command must not be written."""

    rule: str
    reason: str
    revision: str


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person must answer first."""

    rule: str
    reason: str
    revision: str
    approvals: int = 1
    """How many different people must agree; who asks is none of them."""
    roles: tuple[str, ...] = ()
    """Roles that may answer; empty means any."""
    low: float | None = None
    """Lowest value that an approval covers, in the point's unit; None means the value asked for."""
    high: float | None = None
    approval_s: float = 600.0
    """Operational seconds in which people can decide."""
    holds_s: float = 600.0
    """Operational seconds for which the approval holds once it is complete."""
    escalate_to: tuple[str, ...] = ()
    """Roles that may answer as well once the question has waited too long."""
    escalate_after_s: float = 0.0
    """Operational seconds after which it has; 0 means never."""


Verdict = Allow | Clamp | Deny | Ask


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluator answered to one request, before anyone believes it.

    `failure` says why there is no usable answer; then every command of the request is denied.
    """

    revision: str = ""
    verdicts: dict[str, Verdict] = {}
    """By command id."""
    failure: str = ""

"""Questions of policy: the lines of `ask`, and several of them made one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from kernel.verdict import Ask, Deny


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `ask`; only command, rule and reason must be there."""

    command: str
    rule: str
    reason: str
    approvals: int = 1
    """Different people who must agree; who asks is none of them."""
    roles: tuple[str, ...] = ()
    """Roles that may answer; empty means any."""
    low: float | None = None
    """Lowest value that an approval covers, in the point's unit; None means the value asked for."""
    high: float | None = None
    approval_s: float = 600.0
    """Operational seconds in which people can decide."""
    holds_s: float = 600.0
    """Operational seconds for which a complete approval holds."""


def wrong_question(lines: Sequence[Question]) -> str:
    """Say which question nobody could answer; empty where all can be."""
    for line in lines:
        ends = [end for end in (line.low, line.high) if end is not None]
        is_number = all(math.isfinite(one) for one in (line.approval_s, line.holds_s, *ends))
        if line.approvals < 1 or not is_number or line.approval_s <= 0.0 or line.holds_s <= 0.0:
            return f"the question of {line.rule} about {line.command} cannot be answered"
    return ""


def asked(lines: Sequence[Question], *, rule: str, reason: str, revision: str) -> Ask | Deny:
    """Make one question of several: the most people, the roles common to all, the narrowest range.

    Questions that nobody could answer together are a denial.
    """
    common = [set(line.roles) for line in lines if line.roles]
    roles = set.intersection(*common) if common else set()
    if common and not roles:
        return Deny(rule=rule, reason=f"no role may answer all of: {reason}", revision=revision)
    return Ask(
        rule=rule,
        reason=reason,
        revision=revision,
        approvals=max(line.approvals for line in lines),
        roles=tuple(sorted(roles)),
        low=max((line.low for line in lines if line.low is not None), default=None),
        high=min((line.high for line in lines if line.high is not None), default=None),
        approval_s=min(line.approval_s for line in lines),
        holds_s=min(line.holds_s for line in lines),
    )

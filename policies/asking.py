"""Questions of policy: the lines of `ask`, and several of them made one."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

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
    escalate_to: tuple[str, ...] = ()
    """Roles that may answer as well once it has waited for `escalate_after_s`."""
    escalate_after_s: float = 0.0
    """Operational seconds; 0 means that it is never escalated."""

    @property
    def may_answer_late(self) -> frozenset[str]:
        """Roles that may answer once it is escalated; empty means any."""
        return frozenset((*self.roles, *self.escalate_to)) if self.roles else frozenset()


def wrong_question(lines: Sequence[Question]) -> str:
    """Say which question nobody could answer; empty where all can be."""
    for line in lines:
        late_s = line.escalate_after_s
        ends = [end for end in (line.low, line.high) if end is not None]
        is_number = all(math.isfinite(one) for one in (line.approval_s, line.holds_s, late_s, *ends))
        if late_s < 0.0 or bool(line.escalate_to) != (late_s > 0.0):
            return f"the question of {line.rule} about {line.command} is escalated to nobody, or never"
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
    late = _late_roles(lines, roles)
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
        escalate_to=late,
        escalate_after_s=max(line.escalate_after_s for line in lines) if late else 0.0,
    )


def _late_roles(lines: Sequence[Question], roles: Collection[str]) -> tuple[str, ...]:
    """Return the roles beyond `roles` that may answer all of these lines once they have waited too long."""
    late = [line.may_answer_late for line in lines if line.roles]
    named = {role for line in lines for role in line.escalate_to}
    common = frozenset.intersection(*late) if late else named
    return tuple(sorted((common & named) - set(roles)))

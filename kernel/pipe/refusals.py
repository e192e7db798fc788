"""Refusals: wishes that were not permitted, told once, and not asked again before their time.

Pure. A refusal takes away nothing that is permitted: where others still want the value that stands, it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kernel.command import Command
from kernel.decision import Decision
from kernel.pipe.change import Change
from kernel.pipe.issue import Issuer, is_clamped_from, stands
from kernel.pipe.state import PipeState, Refusal
from kernel.pipe.tick import Draft, Refused
from kernel.pipe.verdicts import FAILURES, QUEUE_FULL
from kernel.pipe.wishes import is_wished
from kernel.point import NANOSECONDS
from kernel.verdict import Ask, Clamp, Deny

REFUSAL_STANDS_S: Final = 60.0
"""A refused wish is asked again after this time, seconds."""
FAILED: Final = "failure"
"""Kind of a refusal that comes from a gate or journal that failed, and not from policy."""


def refuse(command: Command, verdict: Clamp | Deny | Ask, draft: Draft, change: Change) -> None:
    """Note a refusal; the same wish refused by the same rule is not told twice."""
    failed = has_failed(verdict)
    now_ns = draft.outputs.now_ns
    decision = draft.decisions[command.point]
    key = (decision.chosen_by, command.point)
    known, proposal = draft.after.refusals.get(key), draft.after.standing.get(decision.wish)
    change.refusals[key] = Refusal(
        agent=decision.chosen_by,
        point=command.point,
        value=command.value,
        wanted=None if proposal is None else proposal.wanted,
        rule=verdict.rule,
        by_policy=isinstance(verdict, Deny) and not failed,
        until_ns=now_ns if failed else now_ns + round(REFUSAL_STANDS_S * NANOSECONDS),
        on=decision.on,
    )
    if known is not None and known.rule == verdict.rule and not decision.once:
        return
    change.refused.append(told(command, verdict, decision, now_ns=now_ns))


def told(command: Command, verdict: Clamp | Deny | Ask, decision: Decision, *, now_ns: int) -> Refused:
    """Say what was refused, by which rule and why."""
    kind = FAILED if has_failed(verdict) else "ask" if isinstance(verdict, Ask) else "deny"
    kind = QUEUE_FULL if verdict.rule == QUEUE_FULL else kind
    return Refused(
        id=command.id,
        point=command.point,
        value=command.value,
        asked_by=decision.chosen_by,
        kind=kind,
        rule=verdict.rule,
        reason=verdict.reason,
        revision=verdict.revision,
        trace=command.trace,
        at_ns=now_ns,
    )


def has_failed(verdict: Clamp | Deny | Ask) -> bool:
    """Tell whether a denial comes from a gate or journal that failed, and not from policy."""
    return isinstance(verdict, Deny) and verdict.rule in FAILURES


def keeps(issuer: Issuer, point: str, others: Decision | None, state: PipeState) -> bool:
    """Tell whether what stands on a point is permitted, and what others want without the refused wish."""
    posture = state.postures.get(point)
    if posture is None or others is None or others.conflict is not None or others.once:
        return False
    is_permitted = posture.authority == "gate" and posture.revision == issuer.revision_for(point)
    is_it = stands(state, issuer.site.point(point), others.value) or is_clamped_from(posture, others.value)
    return is_permitted and is_it and state.image.now_ns < posture.renew_at_ns


def standing_refusals(
    state: PipeState, decisions: Mapping[str, Decision], change: Change
) -> dict[tuple[str, str], Refusal]:
    """Keep refusals until their maker is permitted, or does not want a value there any more."""
    makers = {(d.chosen_by, d.point) for d in decisions.values()}
    permitted = {
        (decisions[c.point].chosen_by, c.point)
        for c in change.commands
        if c.authority == "gate" and c.point in decisions
    }
    kept = {
        key: r
        for key, r in state.refusals.items()
        if key not in permitted and (key in makers or key in state.standing or is_wished(state, r))
    }
    return {**kept, **change.refusals}

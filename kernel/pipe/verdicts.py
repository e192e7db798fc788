"""Verdicts: what a gate's answer is worth.

Pure. Only an explicit Allow of the expected revision passes, and no permit reaches beyond a rating. Whatever
else the gate said or failed to say is a denial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kernel.command import Command
from kernel.verdict import Allow, Clamp, Deny, Judgement, Verdict

GATE_FAILURE: Final = "gate_failure"
JOURNAL_FAILURE: Final = "journal_failure"
QUEUE_FULL: Final = "queue_full"
"""Rule by which a question is refused that nobody would come to."""
FAILURES: Final = (GATE_FAILURE, JOURNAL_FAILURE)
"""Rules of denials that policy did not give."""


def believed(
    candidates: Sequence[Command],
    judgements: Sequence[Judgement],
    limits: Mapping[str, tuple[float, float]],
    *,
    expected: str,
) -> dict[str, Verdict]:
    """Take the last judgement as far as it can be believed; everything else is a denial."""
    if why := failure(judgements, expected):
        return {c.id: Deny(rule=GATE_FAILURE, reason=why, revision="") for c in candidates}
    last = judgements[-1]
    default = Deny(rule="default_deny", reason="no permit was given", revision=last.revision)
    verdicts = {
        c.id: _within(c, limits, _of(c.revision, last.verdicts.get(c.id, default))) for c in candidates
    }
    if len(judgements) > 1 and not all(isinstance(v, Allow) for v in verdicts.values()):
        group = Deny(rule="clamp_not_met", reason="the bounds of policy were not met", revision=last.revision)
        return {c: group if isinstance(v, Allow | Clamp) else v for c, v in verdicts.items()}
    return verdicts


def without_journal(candidates: Sequence[Command], why: str) -> dict[str, Verdict]:
    """Deny everything: what cannot be remembered is not done."""
    no = Deny(rule=JOURNAL_FAILURE, reason=f"journal down: {why}", revision="")
    return {command.id: no for command in candidates}


def failure(judgements: Sequence[Judgement], expected: str) -> str:
    """Say why there is no usable answer; empty where there is one.

    Gates check the revision themselves; it is checked again here, because a gate is foreign code too.
    """
    if not judgements:
        return "the gate was not asked"
    last = judgements[-1]
    if not last.failure and last.revision != expected:
        return f"policy revision {last.revision or 'unknown'} answered, {expected} is expected"
    return last.failure


def _of(expected: str, verdict: Verdict) -> Verdict:
    """Take a permit for one only where it is of the expected revision."""
    if not isinstance(verdict, Allow) or verdict.revision == expected:
        return verdict
    reason = f"a permit of revision {verdict.revision or 'unknown'}, {expected} is expected"
    return Deny(rule="revision", reason=reason, revision=verdict.revision)


def _within(command: Command, limits: Mapping[str, tuple[float, float]], verdict: Verdict) -> Verdict:
    """Check the envelope again behind the gate: no permit reaches beyond a rating."""
    low, high = limits[command.point]
    if low <= command.value <= high:
        return verdict
    reason = f"{command.value:g} lies outside the rating [{low:g}, {high:g}]"
    return Deny(rule="envelope", reason=reason, revision=command.revision)

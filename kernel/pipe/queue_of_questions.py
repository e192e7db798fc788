"""The queue of questions: no more are asked than a shift can answer, and those first that matter most.

Pure. A list that nobody can work off hides the question that matters, and approves by habit. What is not
asked is refused, with words; nothing is done for lack of an answer. What is at stake is the priority of the
wish; among equals goes first what must be decided first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kernel.command import Command
from kernel.pipe.asking import waits
from kernel.pipe.change import Change
from kernel.pipe.refusals import REFUSAL_STANDS_S
from kernel.pipe.state import PipeState, Refusal
from kernel.pipe.tick import Draft
from kernel.pipe.verdicts import QUEUE_FULL
from kernel.pipe.wishes import person_behind, wish_of
from kernel.point import NANOSECONDS
from kernel.proposal import Proposal
from kernel.question import OPEN, Question, QuestionChange, Stage
from kernel.site import Site
from kernel.verdict import Ask, Deny, Verdict

_NOTHING: Final = 1_000
"""At stake where nobody wishes: less than with any wish."""


def in_turn(site: Site, draft: Draft, verdicts: Mapping[str, Verdict]) -> Sequence[Command]:
    """Return the commands of a tick as they are worked off: where not all can be asked about, in turn."""
    asked = [c for c in draft.candidates if isinstance(verdicts.get(c.id), Ask)]
    if len(asked) <= max(1, share_of(site) - len(_waiting(draft.after, Change()))):
        return draft.candidates

    def turn(command: Command) -> tuple[int, float, str]:
        verdict = verdicts[command.id]
        late_s = verdict.approval_s if isinstance(verdict, Ask) else 0.0
        return _stake(_wish(site, draft, command)), late_s, command.point

    ids = {command.id for command in asked}
    return (*(c for c in draft.candidates if c.id not in ids), *sorted(asked, key=turn))


def within_queue(verdict: Ask, site: Site, draft: Draft, command: Command, change: Change) -> Ask | Deny:
    """Return a question as policy asks it, or its denial where too many wait that matter as much.

    One at which less is at stake gives way, unless somebody has claimed or answered it, or a person asks.
    An agent that fills its share of the places has one of its own give way.
    """
    waiting, maker = _waiting(draft.after, change), draft.decisions[command.point].chosen_by
    own = [] if person_behind(draft.after, maker) else [one for one in waiting if one.asked_by == maker]
    is_over = len(own) >= share_of(site)
    if not is_over and len(waiting) < site.questions_at_most:
        return verdict
    least = _least(site, draft.after, own if is_over else waiting)
    if least is not None and _stake(_wish(site, draft, command)) < _stake_of(site, draft.after, least):
        gone = msgspec.structs.replace(least, stage=Stage.VOID)
        change.questions.append(QuestionChange(question=gone, why=f"more is at stake in {command.point}"))
        change.refusals[least.asked_by, least.point] = _put_off(least, draft.outputs.now_ns)
        return verdict
    why = f"{len(waiting)} questions wait for people already, as many as a shift can answer"
    if is_over:
        why = f"{len(own)} questions of {maker} wait for people already, its share of the places"
    return Deny(rule=QUEUE_FULL, reason=f"{why}; not asked: {verdict.reason}", revision=verdict.revision)


def _waiting(state: PipeState, change: Change) -> list[Question]:
    asked = {**state.asked, **{one.question.id: one.question for one in change.questions}}
    return [question for question in asked.values() if question.stage in OPEN]


def _least(site: Site, state: PipeState, waiting: Sequence[Question]) -> Question | None:
    """Return the question that gives way first: at which least is at stake, and that is decided last."""
    may = [one for one in waiting if not (one.person or one.claimed_by or one.answers)]
    return max(may, key=lambda one: (_stake_of(site, state, one), one.decide_by_ns, one.id), default=None)


def share_of(site: Site) -> int:
    """Return how many places one agent may fill."""
    return max(1, site.questions_at_most // 2)


def again_where_free(
    site: Site, state: PipeState, change: Change, refusals: dict[tuple[str, str], Refusal]
) -> dict[tuple[str, str], Refusal]:
    """Let what was not asked for want of a place be tried again as soon as its maker may have one."""
    put_off = {key: one for key, one in refusals.items() if one.rule == QUEUE_FULL}
    if not put_off:
        return refusals
    waiting, now_ns = _waiting(state, change), state.image.now_ns
    if len(waiting) >= site.questions_at_most:
        return refusals
    full = {
        maker for maker, held in Counter(one.asked_by for one in waiting).items() if held >= share_of(site)
    }
    return refusals | {
        key: msgspec.structs.replace(one, until_ns=min(one.until_ns, now_ns))
        for key, one in put_off.items()
        if one.agent not in full
    }


def _stake_of(site: Site, state: PipeState, question: Question) -> int:
    return _stake(wish_of(site, state, question.wish))


def _wish(site: Site, draft: Draft, command: Command) -> Proposal | None:
    return wish_of(site, draft.after, draft.decisions[command.point].wish)


def _stake(wish: Proposal | None) -> int:
    """Say how much is at stake in a wish: a smaller number is more, as with priorities."""
    return _NOTHING if wish is None else int(wish.priority)


def _put_off(question: Question, now_ns: int) -> Refusal:
    again_ns = now_ns + round(REFUSAL_STANDS_S * NANOSECONDS)
    return msgspec.structs.replace(waits(question), until_ns=again_ns, rule=QUEUE_FULL)

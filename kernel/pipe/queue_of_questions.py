"""The queue of questions: no more are asked than a shift can answer; the others are refused, with words.

Pure. A list that nobody can work off hides the question that matters, and approves by habit.
"""

from __future__ import annotations

from typing import Final

from kernel.pipe.change import Change
from kernel.pipe.state import PipeState
from kernel.question import OPEN
from kernel.site import Site
from kernel.verdict import Ask, Deny

QUEUE_FULL: Final = "queue_full"
"""Rule by which a question is refused that nobody would come to."""


def within_queue(verdict: Ask, site: Site, state: PipeState, change: Change) -> Ask | Deny:
    """Return a question as policy asks it, or its denial where too many wait already."""
    waiting = sum(one.stage in OPEN for one in state.asked.values())
    waiting += sum(one.question.stage in OPEN for one in change.questions)
    if waiting < site.questions_at_most:
        return verdict
    why = f"{waiting} questions wait for people already, as many as a shift can answer"
    return Deny(rule=QUEUE_FULL, reason=f"{why}; not asked: {verdict.reason}", revision=verdict.revision)

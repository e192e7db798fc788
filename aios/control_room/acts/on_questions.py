"""Which acts an open question takes: yes, no, and that one looks at it, of people who are not its asker."""

from __future__ import annotations

from aios.control_room.acts.offer import Offer, path_of
from edge.access.right import right_to
from kernel.instruction import Approval, ClaimQuestion
from kernel.question import OPEN, Question


def question_offers(question: Question, about: str) -> tuple[Offer, ...]:
    """Return the two answers, each about what the person saw: the digest goes along; and claim or release.

    Args:
        question: what policy asks.
        about: the question in words.
    """
    if question.stage not in OPEN:
        return ()
    claim = ("release", "Give back", "g") if question.claimed_by else ("claim", "Claim", "c")
    act, word, key = claim
    look = Offer(
        action=right_to(ClaimQuestion).action,
        word=word,
        key=key,
        path=path_of("approvals", question.id, act),
        about=about,
    )
    answers = tuple(
        Offer(
            action=right_to(Approval).action,
            word=word,
            key=key,
            path=path_of("approvals", question.id),
            about=about,
            body={"granted": granted, "digest": question.digest},
        )
        for word, key, granted in (("Approve", "a", True), ("Reject", "r", False))
    )
    return (*answers, look)

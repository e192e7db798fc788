"""Left open: questions and requests that a run did not live to see ended.

They end with the restart, visibly. A wish of a person does not outlive the gateway that heard it, and what
people were asked rested on readings that nobody has seen since: a wish that still stands is judged,
and asked about, anew.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kernel.journal.chain import Entry
from kernel.question import Question, QuestionChange, Stage
from kernel.request import OPEN_REQUESTS, Requested, RequestStage

WHY = "the gateway was started anew: ask again"


def left_open(entries: Iterable[Entry], *, now_ns: int) -> tuple[QuestionChange | Requested, ...]:
    """Return the ends of all questions and requests that have none.

    Args:
        entries: those of kinds `question` and `request`, in order.
        now_ns: operational time of the end.
    """
    questions: dict[str, Question] = {}
    requests: dict[str, Requested] = {}
    for entry in entries:
        if entry.kind == "question":
            questions[entry.subject] = msgspec.json.decode(entry.body, type=QuestionChange).question
        else:
            requests[entry.subject] = msgspec.json.decode(entry.body, type=Requested)
    over = [
        QuestionChange(question=msgspec.structs.replace(one, stage=Stage.EXPIRED), why=WHY)
        for one in questions.values()
        if not one.is_over
    ]
    ended = [
        msgspec.structs.replace(one, stage=RequestStage.EXPIRED, why=WHY, at_ns=now_ns)
        for one in requests.values()
        if one.stage in OPEN_REQUESTS
    ]
    return (*over, *ended)


def subject_of(end: QuestionChange | Requested) -> tuple[str, str]:
    """Return kind and subject under which the journal files an end."""
    return ("question", end.question.id) if isinstance(end, QuestionChange) else ("request", end.key)

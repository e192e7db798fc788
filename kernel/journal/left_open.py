"""Left open: questions and requests that a run saw no end of, and that the next one does not go on with.

They end with the restart, visibly. A wish of a person does not outlive the gateway that heard it, and what
people were asked rested on readings that nobody has seen since: a wish that still stands is judged,
and asked about, anew. What a life under another site file has taken over goes on, and has no end here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

import msgspec

from kernel.journal.chain import Entry
from kernel.question import Question, QuestionChange, Stage
from kernel.request import OPEN_REQUESTS, Requested, RequestStage

WHY = "the gateway was started anew: ask again"


def left_open(
    entries: Iterable[Entry],
    *,
    now_ns: int,
    asked: Container[str] = (),
    requests: Container[str] = (),
) -> tuple[QuestionChange | Requested, ...]:
    """Return the ends of all questions and requests that have none and do not go on.

    Args:
        entries: those of kinds `question` and `request`, in order.
        now_ns: operational time of the end.
        asked: ids of the questions that go on; none after a restart.
        requests: keys of the requests that go on; none after a restart.
    """
    questions: dict[str, Question] = {}
    requested: dict[str, Requested] = {}
    for entry in entries:
        if entry.kind == "question":
            questions[entry.subject] = msgspec.json.decode(entry.body, type=QuestionChange).question
        else:
            requested[entry.subject] = msgspec.json.decode(entry.body, type=Requested)
    over = [
        QuestionChange(question=msgspec.structs.replace(one, stage=Stage.EXPIRED), why=WHY)
        for one in questions.values()
        if not one.is_over and one.id not in asked
    ]
    ended = [
        msgspec.structs.replace(one, stage=RequestStage.EXPIRED, why=WHY, at_ns=now_ns)
        for one in requested.values()
        if one.stage in OPEN_REQUESTS and one.key not in requests
    ]
    return (*over, *ended)


def kind_and_subject(end: QuestionChange | Requested) -> tuple[str, str]:
    """Return kind and subject under which the journal files an end."""
    return ("question", end.question.id) if isinstance(end, QuestionChange) else ("request", end.key)

"""Answering: whether a person's answer to a question counts.

Pure. Who asks does not answer, nobody counts twice, and an answer is about what the person saw.
"""

from __future__ import annotations

import msgspec

from kernel.instruction import Approval, Unfit
from kernel.pipe.state import PipeState
from kernel.pipe.wishes import PERSON
from kernel.question import OPEN, Question


def answer(state: PipeState, approval: Approval) -> PipeState | Unfit:
    """Put an answer to its question, or say why it does not count."""
    question = state.asked.get(approval.asked)
    if question is None or question.stage not in OPEN:
        return Unfit(f"no question {approval.asked} is open")
    if why := _unfit(question, approval):
        return Unfit(why)
    answered = msgspec.structs.replace(question, answers=(*question.answers, approval))
    return msgspec.structs.replace(state, asked={**state.asked, question.id: answered})


def _unfit(question: Question, approval: Approval) -> str:
    """Say why an answer does not count; empty where it does. Who asks may still take the wish back."""
    if not _same(approval.person) or not approval.reason.strip():
        return "an answer needs a person and a reason"
    if approval.digest and approval.digest != question.digest:
        return f"question {question.id} is not about what was answered any more"
    if approval.at_ns >= question.decide_by_ns:
        return f"the time to decide on {question.id} is over"
    if _same(approval.person) == _asker(question):
        return f"{approval.person} asks: somebody else must answer" if approval.granted else ""
    return _not_entitled(question, approval)


def _not_entitled(question: Question, approval: Approval) -> str:
    if question.roles and approval.role not in question.roles:
        return f"role {approval.role or 'none'} may not answer; {' or '.join(question.roles)} may"
    if any(_same(given.person) == _same(approval.person) for given in question.answers):
        return f"{approval.person} has answered already: somebody else must"
    return ""


def _asker(question: Question) -> str:
    """Name who asks; empty where an agent does."""
    is_person = question.asked_by.startswith(PERSON)
    return _same(question.person or (question.asked_by.removeprefix(PERSON) if is_person else ""))


def _same(person: str) -> str:
    """Return what two spellings of one name have in common."""
    return person.strip().casefold()

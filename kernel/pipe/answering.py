"""Answering: whether a person's answer to a question counts.

Pure. Who asks does not answer, nobody counts twice, nor does a sign-in, and an answer is about what the
person saw. Who has claimed a question agrees to it first; anybody who may answer can say no at any time.
"""

from __future__ import annotations

import msgspec

from kernel.instruction import Approval, ClaimQuestion, Unfit
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


def claim(state: PipeState, told: ClaimQuestion) -> PipeState | Unfit:
    """Let a person have a question, so that nobody else looks at it too, or say why not."""
    question = state.asked.get(told.question)
    if question is None or question.stage not in OPEN:
        return Unfit(f"no question {told.question} is open")
    if why := _not_to_claim(question, told):
        return Unfit(why)
    holder = "" if told.release else told.person
    claimed = msgspec.structs.replace(question, claimed_by=holder)
    return msgspec.structs.replace(state, asked={**state.asked, question.id: claimed})


def _not_to_claim(question: Question, told: ClaimQuestion) -> str:
    person, holder = _same(told.person), _same(question.claimed_by)
    if told.release:
        return "" if holder == person else f"{told.person} has not claimed {question.id}"
    if holder:
        return f"{question.claimed_by} has claimed {question.id}"
    if person == _asker(question):
        return f"{told.person} asks: somebody else must answer"
    return _no_role(question, told.role)


def _not_entitled(question: Question, approval: Approval) -> str:
    if why := _no_role(question, approval.role):
        return why
    person = _same(approval.person)
    if any(_same(given.person) == person for given in question.answers):
        return f"{approval.person} has answered already: somebody else must"
    sign_ins = {given.sign_in for given in question.answers if given.sign_in}
    if approval.sign_in in sign_ins:
        return f"{approval.person} answers from a sign-in that has answered already: somebody else must"
    is_first = approval.granted and not question.answers
    if is_first and question.claimed_by and _same(question.claimed_by) != person:
        return f"{question.claimed_by} has claimed {question.id} and answers first, until it is escalated"
    return ""


def _no_role(question: Question, role: str) -> str:
    may = question.may_answer
    return f"role {role or 'none'} may not answer; {' or '.join(may)} may" if may and role not in may else ""


def _asker(question: Question) -> str:
    """Name who asks; empty where an agent does."""
    is_person = question.asked_by.startswith(PERSON)
    return _same(question.person or (question.asked_by.removeprefix(PERSON) if is_person else ""))


def _same(person: str) -> str:
    """Return what two spellings of one name have in common."""
    return person.strip().casefold()

"""A question is somebody's to answer, then further roles', and never one of more than people can answer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.instruction import ClaimQuestion, HandOver
from kernel.pipe.verdicts import QUEUE_FULL
from kernel.question import Stage
from tests.unit.kernel.conftest import BATTERY, BREAKER, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asked_breaker, asks, stages, the, written, yes
from tests.unit.kernel.ticking import Line, close_breaker

LATE: dict[str, Any] = {"roles": ("OPERATOR",), "escalate_to": ("ENGINEER",), "escalate_after_s": 5.0}


def claim(line: Line, **told: Any) -> ClaimQuestion:
    who: dict[str, Any] = {"person": "anna", "role": "OPERATOR"} | told
    return ClaimQuestion(key="c", reason="r", question=the(line).id, at_ns=line.now_ns, **who)


def refusals(line: Line) -> list[str]:
    return [told.refused for told in line.last.outputs.instructions]


def test_who_has_claimed_a_question_agrees_to_it_first() -> None:
    line = asked_breaker(asks(2))
    line.tick(asks(2), told=[claim(line)])
    assert [change.why for change in line.last.outputs.questions] == ["claimed by anna"]
    line.tick(asks(2), told=[yes(line, "berta")])
    assert "anna has claimed" in refusals(line)[0]
    line.tick(asks(2), told=[yes(line, "anna")])
    line.tick(asks(2), told=[yes(line, "berta")])
    assert written(line) == [1.0]


def test_anybody_who_may_answer_says_no_to_a_claimed_question() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[claim(line)])
    line.tick(asks(), told=[yes(line, "berta", granted=False)])
    assert stages(line) == [Stage.REJECTED]


@pytest.mark.parametrize(
    ("holder", "told", "why"),
    [
        ("anna", {"person": "berta"}, "anna has claimed"),
        ("anna", {"person": "berta", "release": True}, "berta has not claimed"),
        ("", {"person": "p"}, "p asks: somebody else must answer"),
        ("", {"person": "berta", "role": "VIEWER"}, "role VIEWER may not answer"),
    ],
)
def test_a_question_is_claimed_by_one_person_who_may_answer_it(
    holder: str, told: dict[str, Any], why: str
) -> None:
    line = asked_breaker(asks(roles=("OPERATOR",)))
    if holder:
        line.tick(asks(), told=[claim(line, person=holder)])
    line.tick(asks(), told=[claim(line, **told)])
    assert why in refusals(line)[0]
    assert the(line).claimed_by == holder


def test_a_question_that_is_given_back_is_everybodys() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[claim(line)])
    line.tick(asks(), told=[claim(line, release=True)])
    assert [change.why for change in line.last.outputs.questions] == ["claimed by nobody any more"]
    line.tick(asks(), told=[yes(line, "berta")])
    assert written(line) == [1.0]


def test_a_claim_goes_over_with_the_shift() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[claim(line)])
    note = HandOver(key="h", person="anna", reason="r", note="n", giver="anna", taker="berta")
    line.tick(asks(), told=[note])
    assert the(line).claimed_by == "berta"


def test_a_question_that_waits_too_long_goes_to_further_roles_and_loses_its_claim() -> None:
    answer = asks(**LATE)
    line = asked_breaker(answer)
    line.tick(answer, told=[claim(line), yes(line, "cleo", "ENGINEER")])
    assert "role ENGINEER may not answer; OPERATOR may" in refusals(line)[1]
    while not the(line).escalated:
        line.tick(answer)
    (change,) = line.last.outputs.questions
    assert change.why == "nobody has decided in 5 s: ENGINEER may answer too"
    assert (change.question.claimed_by, change.question.stage) == ("", Stage.ASKED)
    line.tick(answer, told=[yes(line, "cleo", "ENGINEER")])
    assert written(line) == [1.0]


def test_a_question_is_escalated_once() -> None:
    answer = asks(**LATE)
    line = asked_breaker(answer)
    told = [len(line.last.outputs.questions) for _ in range(12) if line.tick(answer)]
    assert sum(told) == 1


def test_two_people_of_one_sign_in_are_not_two_people() -> None:
    line = asked_breaker(asks(2))
    line.tick(asks(2), told=[msgspec.structs.replace(yes(line, "anna"), sign_in="s-1")])
    line.tick(asks(2), told=[msgspec.structs.replace(yes(line, "berta"), sign_in="s-1")])
    assert "a sign-in that has answered already" in refusals(line)[0]
    line.tick(asks(2), told=[msgspec.structs.replace(yes(line, "berta"), sign_in="s-2")])
    assert written(line) == [1.0]


def test_more_questions_than_a_shift_can_answer_are_refused_with_words() -> None:
    line = Line(make_pipe(msgspec.structs.replace(make_site(), questions_at_most=1)))
    answer = asks(above=-1.0)
    line.tick(answer, close_breaker(line), meter=80.0)
    (asked,) = line.state.asked.values()
    (refused,) = [one for one in line.last.outputs.refused if one.rule == QUEUE_FULL]
    assert {asked.point, refused.point} == {BATTERY, BREAKER}
    assert refused.kind == QUEUE_FULL
    assert refused.reason == (
        "1 questions wait for people already, as many as a shift can answer; not asked: a person decides"
    )
    line.tick(answer)
    assert len(line.state.asked) == 1

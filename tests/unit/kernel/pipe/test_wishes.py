"""Whose wish a decision is: parts of a wish for a sum are refused, asked about and followed one by one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.instruction import Approval
from kernel.ports import GateRequest
from kernel.proposal import Priority
from kernel.question import Stage
from kernel.request import Requested, RequestStage
from kernel.verdict import Ask, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import BREAKER
from tests.unit.kernel.pipe.questions import asks, stages, the, yes
from tests.unit.kernel.pipe.test_override import hand_back, line, override, values
from tests.unit.kernel.pipe.test_sums import ALL, A, B, C, line_of, standing, wish
from tests.unit.kernel.ticking import ALLOW, Answer, Line, answering, close_breaker

__all__ = ["line"]

NO = Deny(rule="no", reason="people at work", revision="test")
REFUSES_C = answering({A: ALLOW, B: ALLOW, C: NO})


def ticks(line: Line, answer: Answer | None, count: int) -> dict[str, float]:
    for _ in range(count):
        line.tick(answer)
    return {name: line.values[name] for name in (A, B, C)}


def unlimited() -> Line:
    return line_of(everything=None)


def test_the_part_that_policy_refuses_is_left_out_and_the_others_meet_the_wish_around_it() -> None:
    line = unlimited()
    line.tick(REFUSES_C, wish(line, ALL, 45.0))
    assert ticks(line, REFUSES_C, 4) == {A: 30.0, B: 15.0, C: 0.0}
    assert {(c.point, c.value) for c in line.commands if c.authority == "gate"} == {(A, 30.0), (B, 15.0)}


def test_a_refused_part_takes_nothing_away_that_others_want_of_it() -> None:
    line = unlimited()
    line.tick(None, wish(line, C, 30.0, "other", priority=Priority.OPERATION))
    standing(line)

    def refuses_above_30(request: GateRequest) -> Judgement:
        return Judgement(
            revision="test",
            verdicts={c.id: NO if c.point == C and c.value > 30.0 else ALLOW for c in request.commands},
        )

    line.tick(refuses_above_30, wish(line, ALL, 120.0, priority=Priority.PERSON))
    assert ticks(line, refuses_above_30, 4) == {A: 40.0, B: 20.0, C: 30.0}
    assert [c.value for c in line.commands if c.point == C] == [30.0]


def test_nothing_dips_while_a_refused_part_is_asked_again() -> None:
    line = unlimited()
    line.tick(REFUSES_C, wish(line, ALL, 45.0))
    ticks(line, REFUSES_C, 150)
    written = [(c.point, c.value) for c in line.commands if c.point != C]
    assert written == [(A, 30.0), (B, 15.0)]
    assert sum(C in {c.point for c in request.commands} for request in line.asked) >= 2


def test_a_changed_wish_for_a_sum_is_a_new_one() -> None:
    line = unlimited()
    line.tick(REFUSES_C, wish(line, ALL, 45.0))
    ticks(line, REFUSES_C, 3)
    line.tick(None, wish(line, ALL, 90.0))
    assert standing(line) == {A: 20.0, B: 10.0, C: 60.0}


def test_bounds_on_a_sum_hold_whatever_was_refused_of_the_wish_that_came_with_them() -> None:
    line = unlimited()
    line.tick(None, wish(line, A, 40.0, "other", priority=Priority.OPERATION))
    standing(line)
    refuses_all_but_a = answering({A: ALLOW, B: NO, C: NO})
    line.tick(refuses_all_but_a, wish(line, ALL, 25.0, low=0.0, high=25.0))
    ticks(line, refuses_all_but_a, 4)
    assert line.values[A] <= 25.0


def asks_about(*points: str, people: int = 1) -> Answer:
    question = Ask(rule="ask", reason="a person decides", revision="test", approvals=people)

    def answer(request: GateRequest) -> Judgement:
        def verdict(command: Any) -> Verdict:
            is_agreed = len(request.approvals.get(command.id, ())) >= people
            return ALLOW if is_agreed or command.point not in points else question

        return Judgement(revision="test", verdicts={c.id: verdict(c) for c in request.commands})

    return answer


def agree(line: Line, point: str, *, granted: bool = True, person: str = "anna") -> Approval:
    question = next(one for one in line.state.asked.values() if one.point == point)
    return Approval(
        key=f"{point}-{line.number}",
        person=person,
        role="OPERATOR",
        reason="seen",
        at_ns=line.now_ns,
        asked=question.id,
        granted=granted,
    )


def test_a_question_about_a_part_of_a_sum_is_asked_in_the_name_of_who_wished_the_sum() -> None:
    line = unlimited()
    line.tick(asks_about(C), wish(line, ALL, 90.0, "person:p", priority=Priority.PERSON))
    question = the(line)
    assert (question.point, question.value, question.on) == (C, 60.0, ALL)
    assert (question.asked_by, question.person) == ("person:p", "p")
    line.tick(asks_about(C), told=[agree(line, C, person="p")])
    assert "somebody else must answer" in line.last.outputs.instructions[0].refused  # type: ignore[union-attr]


def test_while_a_part_is_asked_about_the_others_go_on_and_an_approved_one_joins_them() -> None:
    line = unlimited()
    line.tick(asks_about(C), wish(line, ALL, 90.0))
    assert ticks(line, asks_about(C), 3) == {A: 40.0, B: 20.0, C: 0.0}
    line.tick(asks_about(C), told=[agree(line, C)])
    assert ticks(line, asks_about(C), 3) == {A: 20.0, B: 10.0, C: 60.0}


def test_approved_parts_wait_for_the_others_that_people_have_not_decided_on() -> None:
    line, answer = unlimited(), asks_about(A, B, C)
    line.tick(answer, wish(line, ALL, 90.0))
    assert {q.point: q.value for q in line.state.asked.values()} == {A: 20.0, B: 10.0, C: 60.0}
    for point in (A, B):
        line.tick(answer, told=[agree(line, point)])
    assert line.commands == [] or {c.authority for c in line.commands} == {"safe_set"}
    line.tick(answer, told=[agree(line, C)])
    assert ticks(line, answer, 3) == {A: 20.0, B: 10.0, C: 60.0}


def test_a_question_about_a_part_ends_with_the_wish_for_the_sum() -> None:
    line = unlimited()
    line.tick(asks_about(C), wish(line, ALL, 90.0))
    line.tick(asks_about(C), wish(line, ALL, 30.0))
    ended = [change for change in line.last.outputs.questions if change.question.stage is Stage.WITHDRAWN]  # type: ignore[union-attr]
    assert [change.why for change in ended] == ["the wish has changed to 30"]


def test_an_override_that_policy_asks_about_opens_a_question_in_the_name_of_who_gave_it(line: Line) -> None:
    line.tell(override(line, 60.0))
    line.tick(asks())
    question = the(line)
    assert (question.asked_by, question.person, question.value) == ("override:o1", "m.jansen", 60.0)
    line.tick(asks(), told=[yes(line, "m.jansen")])
    assert "somebody else must answer" in line.last.outputs.instructions[0].refused  # type: ignore[union-attr]
    assert values(line) == [30.0]


def test_what_is_permitted_goes_on_below_an_override_that_people_are_asked_about(line: Line) -> None:
    line.tell(override(line, 60.0, for_s=600.0))
    line.tick(asks())
    for _ in range(5):
        line.tick(asks(), meter=70.0)
    assert values(line) == [30.0, 20.0]
    line.tick(asks(), told=[yes(line)])
    for _ in range(3):
        line.tick(asks())
    assert values(line) == [30.0, 20.0, 60.0]
    assert the(line).stage is Stage.OPERATED


def test_a_denied_override_leaves_its_point_safe_and_not_to_the_agents(line: Line) -> None:
    def denies_60(request: GateRequest) -> Judgement:
        return Judgement(
            revision="test", verdicts={c.id: NO if c.value == 60.0 else ALLOW for c in request.commands}
        )

    line.tell(override(line, 60.0, for_s=600.0))
    for _ in range(10):
        line.tick(denies_60)
    assert line.authorities() == [("gate", 30.0), ("safe_set", 0.0)]


def test_an_override_that_was_rejected_leaves_the_agents_in_charge(line: Line) -> None:
    line.tell(override(line, 60.0, for_s=600.0))
    line.tick(asks())
    line.tick(asks(), told=[yes(line, granted=False)])
    assert stages(line) == [Stage.REJECTED]
    for _ in range(130):
        line.tick(asks())
    assert set(values(line)) == {30.0}
    assert line.state.asked == {}


def test_a_question_about_an_override_ends_when_it_is_handed_back(line: Line) -> None:
    line.tell(override(line, 60.0))
    line.tick(asks())
    line.tell(hand_back())
    line.tick(asks())
    assert stages(line) == [Stage.WITHDRAWN]


def test_an_override_to_safe_asks_nobody_and_its_points_are_safe(line: Line) -> None:
    everything = answering(Ask(rule="ask", reason="r", revision="test", approvals=1))
    line.tell(override(line, None))
    for _ in range(3):
        line.tick(everything)
    assert line.state.asked == {}
    assert line.authorities()[-1] == ("safe_set", 0.0)


def asked_for(line: Line, answer: Answer | None, ticks: int, value: float = 90.0) -> list[Requested]:
    request = wish(line, ALL, value, "person:p", priority=Priority.PERSON, key="k1")
    told = list(line.tick(answer, request).outputs.requests)
    for _ in range(ticks):
        told += line.tick(answer).outputs.requests
    return told


def outcome(told: list[Requested]) -> list[tuple[RequestStage, str]]:
    return [(one.stage, one.why) for one in told]


def test_a_request_on_a_sum_that_is_commanded_is_permitted_and_never_expires() -> None:
    line = unlimited()
    told = asked_for(line, None, 600)
    assert outcome(told) == [(RequestStage.TAKEN, ""), (RequestStage.PERMITTED, "")]
    assert told[-1].command == line.commands[0].id


def test_a_request_on_a_sum_says_which_parts_were_refused() -> None:
    told = asked_for(unlimited(), REFUSES_C, 600, 45.0)
    assert outcome(told) == [(RequestStage.TAKEN, ""), (RequestStage.PERMITTED, f"without {C}: no")]


def test_a_request_on_a_sum_is_refused_where_all_its_parts_are() -> None:
    told = asked_for(unlimited(), answering(NO), 2)
    assert outcome(told) == [(RequestStage.TAKEN, ""), (RequestStage.REFUSED, "no: people at work")]


def test_a_request_on_a_sum_waits_for_people_and_ends_with_what_they_decide() -> None:
    line, answer = unlimited(), asks_about(A, B, C)
    told = asked_for(line, answer, 1)
    for point in (A, B, C):
        told += line.tick(answer, told=[agree(line, point)]).outputs.requests
    assert [one.stage for one in told] == [RequestStage.TAKEN, RequestStage.ASKED, RequestStage.PERMITTED]


@pytest.mark.parametrize("agent", ["other", "person:q"])
def test_a_request_for_what_stands_already_is_permitted_by_the_command_that_set_it(agent: str) -> None:
    line = unlimited()
    line.tick(None, wish(line, ALL, 90.0, agent))
    standing(line)
    told = asked_for(line, None, 600)
    assert outcome(told)[1:] == [(RequestStage.PERMITTED, "it stands already")]
    assert told[-1].command in {command.id for command in line.commands}


def fails(_: GateRequest) -> Judgement:
    return Judgement(failure="no answer in time")


def test_a_request_stays_open_while_the_gate_fails_and_ends_with_what_it_says_when_it_is_back() -> None:
    line = unlimited()
    told = asked_for(line, fails, 3)
    assert outcome(told) == [(RequestStage.TAKEN, "")]
    for _ in range(6):
        told += line.tick(None).outputs.requests
    assert outcome(told)[1:] == [(RequestStage.PERMITTED, "")]


def test_a_request_that_policy_denies_after_the_gate_failed_is_refused() -> None:
    line = unlimited()
    told = asked_for(line, fails, 3)
    for _ in range(6):
        told += line.tick(answering(NO)).outputs.requests
    assert outcome(told)[1:] == [(RequestStage.REFUSED, "no: people at work")]


def test_what_is_asked_for_once_is_over_where_the_gate_failed() -> None:
    line = Line()
    told = list(line.tick(fails, msgspec.structs.replace(close_breaker(line), key="k1")).outputs.requests)
    for _ in range(6):
        told += line.tick(None).outputs.requests
    assert [one.stage for one in told] == [RequestStage.TAKEN, RequestStage.REFUSED]
    assert BREAKER not in {command.point for command in line.commands}

"""Policy asks, people answer: an approval binds what was asked, counts once, and is gated again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.pipe.preconditions import Hold, hold, preconditions
from kernel.point import Kind, Plausibility
from kernel.question import Stage
from kernel.verdict import Deny, Judgement
from tests.unit.kernel.conftest import METER, S, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asked_breaker, asks, stages, the, written, yes
from tests.unit.kernel.ticking import Line, close_breaker


def test_what_policy_asks_about_is_not_written_before_a_person_has_approved_it() -> None:
    line = asked_breaker(asks())
    for _ in range(30):
        line.tick(asks())
    assert written(line) == []
    assert line.last.outputs.questions == ()
    assert (the(line).asked_by, the(line).wish_reason) == ("person:p", "close it")


def test_an_approved_operation_is_gated_again_with_its_approvals_and_written_once() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[yes(line)])
    assert stages(line) == [Stage.APPROVED, Stage.OPERATED]
    (given,) = line.asked[-1].approvals.values()
    assert [(one.person, one.role) for one in given] == [("anna", "OPERATOR")]
    line.values["cb/position"] = 2.0
    for _ in range(20):
        line.tick(asks())
    assert written(line) == [1.0]
    assert line.state.asked == {}


def test_the_image_that_is_gated_after_an_approval_is_the_newest_one() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[yes(line)], meter=61.0)
    assert line.asked[-1].readings[METER].value == 61.0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (dict(person="p"), "somebody else must answer"),
        (dict(person=" P "), "somebody else must answer"),
        (dict(role="VIEWER"), "role VIEWER may not answer; OPERATOR may"),
        (dict(person=" "), "needs a person"),
        (dict(reason=""), "needs a person and a reason"),
        (dict(asked="r-9-9"), "no question r-9-9 is open"),
        (dict(digest="other"), "not about what was answered"),
        (dict(at_ns=10**12 * S), "time to decide"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_answer_that_does_not_count_is_refused_with_its_reason(answer: dict[str, Any], why: str) -> None:
    line = asked_breaker(asks(roles=("OPERATOR",)))
    line.tick(asks(), told=[yes(line, **({"asked": the(line).id} | answer))])
    (told,) = line.last.outputs.instructions
    assert why in told.refused
    assert written(line) == []
    assert the(line).answers == ()


def test_two_different_people_must_agree_where_policy_wants_two() -> None:
    line = asked_breaker(asks(2))
    line.tick(asks(2), told=[yes(line, "anna")])
    assert stages(line) == [Stage.ANSWERED]
    line.tick(asks(2), told=[yes(line, "Anna")])
    assert "answered already" in line.last.outputs.instructions[0].refused
    assert written(line) == []
    line.tick(asks(2), told=[yes(line, "berta")])
    assert stages(line) == [Stage.APPROVED, Stage.OPERATED]
    assert written(line) == [1.0]


def test_one_no_ends_a_question_and_the_operation_is_not_asked_again() -> None:
    line = asked_breaker(asks(2))
    line.tick(asks(2), told=[yes(line, "anna")])
    line.tick(asks(2), told=[yes(line, "berta", granted=False)])
    assert stages(line) == [Stage.REJECTED]
    assert "rejected by berta: seen" in line.last.outputs.questions[0].why
    for _ in range(10):
        line.tick(asks(2))
    assert (line.state.asked, written(line)) == ({}, [])
    line.tick(asks(2), close_breaker(line))
    assert stages(line) == [Stage.ASKED], "a new wish is a new question"


def test_who_asks_may_take_the_wish_back() -> None:
    line = asked_breaker(asks())
    line.tick(asks(), told=[yes(line, "p", granted=False)])
    assert stages(line) == [Stage.WITHDRAWN]


def test_a_question_that_nobody_decides_expires_and_nothing_is_written() -> None:
    line = asked_breaker(asks(approval_s=20.0))
    seen = [stages(line) for _ in range(25) if line.tick(asks(approval_s=20.0))]
    assert [one for one in seen if one] == [[Stage.EXPIRED]]
    assert (line.state.asked, written(line)) == ({}, [])


def test_a_question_ends_with_the_wish_it_is_about() -> None:
    line = asked_breaker(asks(), stands_s=5.0)
    assert the(line).decide_by_ns == line.now_ns + 4 * S
    seen = [stages(line) for _ in range(6) if line.tick(asks())]
    assert [one for one in seen if one] == [[Stage.WITHDRAWN]]


def test_an_approval_is_void_when_what_it_rested_on_has_changed() -> None:
    line = asked_breaker(asks(2))
    line.tick(asks(2), told=[yes(line)])
    line.values["cb/position"] = 3.0
    line.tick(asks(2), told=[yes(line, "berta")])
    assert stages(line) == [Stage.VOID]
    assert line.last.outputs.questions[0].why == "cb/position was 1 1 when it was asked, is 3 1 now"
    for _ in range(5):
        line.tick(asks(2))
    assert (line.state.asked, written(line)) == ({}, [])


def test_nothing_is_operated_while_a_precondition_cannot_be_read() -> None:
    line = asked_breaker(asks())
    line.away.add(METER)
    line.tick(asks(), told=[yes(line)])
    assert stages(line) == [Stage.APPROVED]
    line.tick(asks())
    assert written(line) == []
    line.away.clear()
    line.tick(asks())
    assert written(line) == [1.0]


def test_an_approval_that_is_not_used_in_time_does_not_count_any_more() -> None:
    answer = asks(holds_s=5.0)
    line = asked_breaker(answer)
    line.away.add("cb/position")
    line.tick(answer, told=[yes(line)])
    seen = [stages(line) for _ in range(8) if line.tick(answer)]
    assert [one for one in seen if one] == [[Stage.EXPIRED]]
    line.away.clear()
    line.tick(answer)
    assert written(line) == []


def test_what_policy_denies_after_an_approval_is_not_written() -> None:
    deny = Deny(rule="permit", reason="people work there", revision="test")
    line = asked_breaker(asks())
    line.tick(asks(then=deny), told=[yes(line)])
    assert stages(line) == [Stage.APPROVED, Stage.REFUSED]
    line.tick(asks())
    assert (line.state.asked, written(line)) == ({}, [])


def test_a_gate_that_fails_when_it_is_asked_again_writes_nothing() -> None:
    line = asked_breaker(asks())
    line.tick(lambda _: Judgement(failure="gone"), told=[yes(line)])
    line.tick(asks())
    assert (written(line), line.state.asked) == ([], {})


def test_preconditions_stay_the_same_under_noise_and_change_with_what_matters() -> None:
    site = make_site()
    points = tuple(
        msgspec.structs.replace(p, plausibility=Plausibility(low=0.0, high=1000.0))
        if p.name == METER
        else msgspec.structs.replace(p, kind=Kind.CODE, states={1: "open", 2: "closed"})
        if p.name == "cb/position"
        else p
        for p in site.points
    )
    line = Line(make_pipe(msgspec.structs.replace(site, points=points)))
    rows = [line.pipe.site.row[name] for name in (METER, "cb/position")]
    line.tick()
    kept = preconditions(line.pipe.site, line.state.image, rows)

    def now(meter: float, position: float) -> list[Hold]:
        line.values["cb/position"] = position
        line.tick(meter=meter)
        return [hold(line.pipe.site, line.state.image, one) for one in kept]

    assert now(150.0, 1.0) == [Hold.YES, Hold.YES]
    assert now(180.0, 1.0) == [Hold.YES, Hold.YES], "80 kW may move by a tenth of 1000 kW"
    assert now(181.0, 1.0) == [Hold.NO, Hold.YES]
    assert now(81.0, 2.0) == [Hold.YES, Hold.NO]
    line.away.add(METER)
    assert now(500.0, 1.0) == [Hold.UNSEEN, Hold.YES]


def test_a_recording_of_format_1_opens_no_question() -> None:
    line = Line(make_pipe(make_site(), format=1))
    line.tick(asks(), close_breaker(line))
    assert line.state.asked == {}
    assert [r.kind for r in line.last.outputs.refused] == ["ask"]

"""Select before operate: no operation without a device that has confirmed its reservation in time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.command import Outcome, Transmission
from kernel.instruction import Mode
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal
from kernel.question import Stage
from kernel.verdict import Deny, Judgement
from tests.unit.kernel.conftest import BATTERY, BREAKER, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asks, stages, yes
from tests.unit.kernel.pipe.test_modes import mode
from tests.unit.kernel.ticking import ALLOW, Answer, Line, answering, close_breaker

SELECT = "cb/select"
DENY = Deny(rule="no", reason="because", revision="test")


def select_site(**writing: Any) -> Any:
    """The small site, with a breaker that must be selected before it is closed."""
    site = make_site()
    reserve = Writing(
        low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE, feedback_s=3.0, validity_s=3.0
    )
    select = dict(select=SELECT, select_s=6.0, cancel_value=0.0) | writing
    points = [
        msgspec.structs.replace(p, writing=msgspec.structs.replace(p.writing, **select))
        if p.name == BREAKER and p.writing is not None
        else p
        for p in site.points
    ]
    return msgspec.structs.replace(site, points=(*points, Point(name=SELECT, unit="1", writing=reserve)))


def select_line(**writing: Any) -> Line:
    pipe = make_pipe(select_site(**writing))
    pipe.limits[SELECT] = (0.0, 1.0)
    line = Line(pipe)
    line.values[SELECT] = 0.0
    return line


def of_breaker(line: Line) -> list[tuple[str, float, str]]:
    return [(c.point, c.value, c.authority) for c in line.commands if c.point != BATTERY]


RESERVE, CLOSE, GIVE_BACK = (SELECT, 1.0, "gate"), (BREAKER, 1.0, "gate"), (SELECT, 0.0, "safe_set")


def test_an_operation_follows_its_confirmed_select_with_the_same_trace() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    assert of_breaker(line) == [RESERVE]
    line.tick()
    assert of_breaker(line) == [RESERVE, CLOSE]
    reserve, close = (c for c in line.commands if c.point != BATTERY)
    assert reserve.trace == close.trace
    assert close.valid_until_ns <= reserve.issued_at_ns + 6 * 10**9
    for _ in range(10):
        line.tick()
    assert of_breaker(line) == [RESERVE, CLOSE]
    assert line.state.selections == {}


def test_select_and_operation_are_judged_together_and_the_operation_once_more() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    assert {c.point for c in line.asked[0].commands} >= {BREAKER, SELECT}
    line.tick()
    assert [c.point for c in line.asked[-1].commands if c.point != BATTERY] == [BREAKER]


@pytest.mark.parametrize("point", [BREAKER, SELECT])
def test_nothing_is_reserved_that_policy_denies(point: str) -> None:
    line = select_line()
    other = SELECT if point == BREAKER else BREAKER
    drafted = line.tick(answering({BATTERY: ALLOW, point: DENY, other: ALLOW}), close_breaker(line))
    assert "no" in [refusal.rule for refusal in drafted.outputs.refused]
    for _ in range(5):
        line.tick()
    assert of_breaker(line) == []
    assert line.state.standing.keys() == {("shaver", BATTERY)}


def test_an_operation_that_is_denied_after_its_select_gives_the_device_back() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    line.tick(answering({BREAKER: DENY, BATTERY: ALLOW}))
    assert of_breaker(line) == [RESERVE, GIVE_BACK]
    assert [r.rule for r in line.last.outputs.refused] == ["no"]
    for _ in range(10):
        line.tick()
    assert of_breaker(line) == [RESERVE, GIVE_BACK]


@pytest.mark.parametrize(
    ("wire", "follows", "after"),
    [
        (Transmission.REFUSED, True, []),
        (Transmission.NOT_SENT, True, []),
        (Transmission.NO_ANSWER, False, [GIVE_BACK]),
        (Transmission.WRITTEN, False, [GIVE_BACK]),
    ],
)
def test_a_select_that_fails_refuses_the_operation_with_its_reason(
    wire: Transmission,
    follows: bool,  # noqa: FBT001
    after: list[Any],
) -> None:
    line = select_line()
    line.wire, line.follows = wire, follows
    line.tick(None, close_breaker(line))
    line.wire = Transmission.WRITTEN
    told = [r for _ in range(10) for r in line.tick().outputs.refused]
    assert of_breaker(line) == [RESERVE, *after]
    assert [(r.point, r.rule) for r in told] == [(BREAKER, "select")]
    assert "the device was not reserved" in told[0].reason
    assert line.state.selections == {}


def test_an_operation_that_cannot_follow_within_the_reservation_is_refused() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    line.away.add("cb/position")
    told = [r for _ in range(8) for r in line.tick().outputs.refused]
    line.away.clear()
    for _ in range(5):
        line.tick()
    assert of_breaker(line) == [RESERVE, GIVE_BACK]
    assert "reservation was over" in told[0].reason


def test_a_device_without_a_cancel_value_keeps_its_own_time() -> None:
    line = select_line(cancel_value=None)
    line.tick(None, close_breaker(line))
    line.tick(answering({BREAKER: DENY, BATTERY: ALLOW}))
    assert of_breaker(line) == [RESERVE]


def test_nobody_but_the_kernel_selects() -> None:
    line = select_line()
    wish = Proposal(
        agent="person:p", point=SELECT, priority=Priority.PERSON, wanted=1.0, reason="r",
        made_at_ns=line.now_ns, expires_at_ns=line.now_ns + 10**12,
    )  # fmt: skip
    line.tick(None, wish)
    line.tick()
    assert of_breaker(line) == []


def both(people: int) -> Answer:
    ask = asks(people)

    def answer(request: Any) -> Judgement:
        judgement = ask(request)
        allowed = {c.id: ALLOW for c in request.commands if c.point == SELECT}
        return Judgement(revision="test", verdicts=judgement.verdicts | allowed)

    return answer


def test_an_approved_operation_is_selected_and_then_gated_again_with_its_approvals() -> None:
    line = select_line()
    line.tick(both(1), close_breaker(line))
    assert (stages(line), of_breaker(line)) == ([Stage.ASKED], [])
    line.tick(both(1), told=[yes(line)])
    assert (stages(line), of_breaker(line)) == ([Stage.APPROVED], [RESERVE])
    line.tick(both(1))
    assert (stages(line), of_breaker(line)) == ([Stage.OPERATED], [RESERVE, CLOSE])
    assert all(request.approvals for request in line.asked[-2:])


def test_a_wish_that_is_gone_gives_the_device_back_and_is_not_called_refused() -> None:
    line = select_line()
    line.tick(None, close_breaker(line, stands_s=1.0))
    line.tick()
    assert of_breaker(line) == [RESERVE, GIVE_BACK]
    assert line.last.outputs.refused == ()


def test_every_select_ends_like_any_other_command() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    line.values["cb/position"] = 1.0
    ends = line.outcomes(2)
    line.values["cb/position"] = 2.0
    assert [*ends, *line.outcomes(8)].count(Outcome.DONE) >= 3
    assert line.state.in_flight == {}


def test_a_select_that_waits_is_taken_back_when_what_it_reserves_for_is_operated_locally() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    (select,) = (c for c in line.commands if c.point == SELECT)
    line._sent.clear()  # it waits at its bus
    line.tell(mode(BREAKER, Mode.LOCAL))
    (gone,) = line.tick().outputs.taken_back
    assert (gone.command, gone.point) == (select.id, SELECT)
    assert f"{BREAKER} is operated locally" in gone.why

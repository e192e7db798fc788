"""A set-point and a pulse over many ticks: asked once, told once, renewed, and made safe when lost."""

from __future__ import annotations

import msgspec
import pytest

from kernel.command import Outcome, Transmission
from kernel.proposal import Priority, Proposal
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER
from tests.unit.kernel.pipe.test_permits import DENY, NO_PERMITS
from tests.unit.kernel.ticking import ALLOW, Line, answering, close_breaker


def test_a_refused_wish_is_not_asked_again_before_its_time_and_not_told_twice() -> None:
    line = Line()
    told = [len(line.tick(answering(DENY)).outputs.refused) for _ in range(125)]
    assert [request.tick for request in line.asked] == [0, 60, 120]
    assert sum(told) == 1


def test_a_refusal_is_told_again_when_the_wish_had_gone_in_between() -> None:
    line = Line()
    line.tick(answering(DENY))
    line.away.add(METER)
    for _ in range(5):
        line.tick(answering(DENY))
    line.away.clear()
    assert [r.rule for r in line.tick(answering(DENY)).outputs.refused] == ["no"]


def test_a_refused_wish_that_changes_is_asked_at_once() -> None:
    line = Line()
    line.tick(answering(DENY))
    line.tick(answering(ALLOW), meter=95.0)
    line.tick(answering(ALLOW))  # the safe value had to settle first
    assert line.authorities() == [("safe_set", 0.0), ("gate", 45.0)]


def test_a_gate_that_failed_is_asked_again_in_the_next_tick() -> None:
    line = Line()
    line.tick(NO_PERMITS["failure"])
    line.tick()
    assert line.authorities() == [("safe_set", 0.0), ("gate", 30.0)]
    assert line.last.outputs.gate_failure == ""


def test_a_pulse_is_judged_once_and_consumed() -> None:
    line = Line()
    line.tick(answering({BATTERY: ALLOW, BREAKER: DENY}), close_breaker(line))
    for _ in range(70):
        line.tick()
    assert [r.tick for r in line.asked if any(c.point == BREAKER for c in r.commands)] == [0]
    assert BREAKER not in [c.point for c in line.commands]


def test_a_permitted_pulse_is_sent_once() -> None:
    line = Line()
    line.tick(None, close_breaker(line))
    line.values["cb/position"] = 2.0
    for _ in range(10):
        line.tick()
    assert [c.point for c in line.commands].count(BREAKER) == 1


def test_a_refused_pulse_is_told_every_time_it_is_asked_for() -> None:
    line = Line()
    answer = answering({BATTERY: ALLOW, BREAKER: DENY})
    told = [len(line.tick(answer, close_breaker(line)).outputs.refused) for _ in range(3)]
    assert told == [1, 1, 1]


def test_a_request_that_expires_before_its_device_answers_vanishes() -> None:
    line = Line()
    line.away.add("cb/position")
    line.tick(None, close_breaker(line, stands_s=3.0))
    for _ in range(3):
        line.tick()
    line.away.clear()
    for _ in range(3):
        line.tick()
    assert BREAKER not in [c.point for c in line.commands]
    assert all(agent == "shaver" for agent, _ in line.state.standing)


def test_a_pulse_that_is_not_asked_for_once_is_never_sent() -> None:
    line = Line()
    line.tick(None, msgspec.structs.replace(close_breaker(line), once=False))
    assert BREAKER not in [c.point for c in line.commands]


def test_an_agents_standing_wish_does_not_swallow_a_persons_pulse() -> None:
    line = Line()
    agent = Proposal(
        agent="z", point=BREAKER, priority=Priority.OPERATION, wanted=1.0, reason="r",
        made_at_ns=0, expires_at_ns=2**62,
    )  # fmt: skip
    line.tick(None, agent, close_breaker(line))
    assert [c.point for c in line.commands].count(BREAKER) == 1


def test_a_device_that_does_not_answer_is_not_written() -> None:
    line = Line()
    line.away.add(BATTERY)
    for _ in range(5):
        line.tick()
    assert line.commands == []
    assert line.asked == []


def test_there_is_one_unsettled_command_a_point() -> None:
    line = Line()
    line.follows = False
    for power in range(80, 90):
        line.tick(meter=float(power))
        assert len([f for f in line.state.in_flight.values() if f.command.authority == "gate"]) <= 1
    assert [c.value for c in line.commands] == [30.0, 35.0]


def test_a_set_point_is_renewed_with_a_new_permit() -> None:
    line = Line(renew_s=10.0)
    for _ in range(25):
        line.tick()
    assert [(c.tick, c.renewal) for c in line.commands] == [(0, False), (10, True), (20, True)]
    assert len(line.asked) == 3


def test_a_set_point_without_a_renewal_period_is_permitted_again_after_five_minutes() -> None:
    line = Line(renew_s=None)
    for _ in range(302):
        line.tick()
    assert [c.tick for c in line.commands] == [0, 300]


@pytest.mark.parametrize("wire", [Transmission.NOT_SENT, Transmission.NO_ANSWER, Transmission.REFUSED])
def test_a_safe_value_that_did_not_get_through_is_written_again_when_the_device_answers(
    wire: Transmission,
) -> None:
    line = Line()
    line.tick()
    line.tick()
    line.wire = wire
    line.away |= {METER, BATTERY}
    for _ in range(30):
        line.tick()
    lost = len(line.commands)
    assert line.authorities()[-1] == ("safe_set", 0.0)
    line.wire = Transmission.WRITTEN
    line.away.discard(BATTERY)
    assert Outcome.DONE in line.outcomes(12)
    assert [a for a, _ in line.authorities()[lost:]] == ["safe_set"]
    assert line.values[BATTERY] == 0.0


def test_a_permitted_value_that_was_lost_and_is_wanted_no_more_goes_safe() -> None:
    line = Line(renew_s=10.0)
    for _ in range(9):
        line.tick()
    line.wire, line.follows = Transmission.NO_ANSWER, False
    line.tick()
    line.away.add(METER)
    line.values[BATTERY] = 17.0
    for _ in range(3):
        line.tick()
    line.wire, line.follows = Transmission.WRITTEN, True
    for _ in range(20):
        line.tick()
    assert line.values[BATTERY] == 0.0


def test_a_device_that_refuses_its_safe_value_is_asked_every_ten_seconds_and_not_every_tick() -> None:
    line = Line()
    line.wire = Transmission.REFUSED
    for _ in range(60):
        line.tick(answering(DENY))
    assert len(line.commands) <= 6

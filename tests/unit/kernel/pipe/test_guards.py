"""Guards whose removal no other test noticed: each was found by `make planted`."""

from __future__ import annotations

import msgspec

from kernel.pipe.pipe import Pipe
from kernel.point import OnLoss
from kernel.proposal import Priority, Proposal
from kernel.question import Stage
from kernel.schedule.loop import ControlLoop
from kernel.verdict import Deny
from tests.unit.kernel.conftest import BATTERY, BREAKER, S, make_pipe, make_site
from tests.unit.kernel.pipe.flight import AGENT, Flight
from tests.unit.kernel.pipe.questions import asks, stages, written, yes
from tests.unit.kernel.pipe.test_permits import person
from tests.unit.kernel.ticking import Line, answering, close_breaker, idle

NO = Deny(rule="no", reason="no", revision="test")


def bound(line: Line, name: str, low: float, high: float, wanted: float | None = None, **more) -> Proposal:
    return Proposal(
        agent=f"person:{name}",
        point=BATTERY,
        priority=more.get("priority", Priority.PERSON),
        wanted=wanted,
        low=low,
        high=high,
        reason="r",
        made_at_ns=line.now_ns,
        expires_at_ns=line.now_ns + 600 * S,
    )


def test_a_pulse_that_is_denied_is_not_followed_by_a_safe_value_whatever_its_point_declares() -> None:
    site = make_site()
    points = tuple(
        msgspec.structs.replace(
            point, writing=msgspec.structs.replace(point.writing, on_loss=OnLoss.WRITE_SAFE)
        )
        if point.name == BREAKER and point.writing is not None
        else point
        for point in site.points
    )
    line = Line(make_pipe(msgspec.structs.replace(site, points=points)))
    line.tick(answering(NO), close_breaker(line))
    assert [command.point for command in line.commands if command.point == BREAKER] == []


def test_the_safe_value_of_a_conflict_that_policy_denies_is_not_asked_about_in_every_tick() -> None:
    line = idle(OnLoss.HOLD)
    line.tick(answering(NO), bound(line, "a", 60.0, 90.0, wanted=70.0), bound(line, "b", 0.0, 10.0))
    for _ in range(30):
        line.tick(answering(NO))
    assert len([asked for asked in line.asked if asked.commands[0].point == BATTERY]) == 1


def test_an_approval_does_not_cover_what_others_have_made_of_the_wish() -> None:
    line = Line()
    line.tick(asks(), person(line, 90.0))
    line.tick(asks(), bound(line, "z", -100.0, 80.0, priority=Priority.SAFETY), told=[yes(line)])
    for _ in range(5):
        line.tick(asks())
    assert 80.0 not in written(line, BATTERY), "90 was approved, 80 was not"
    assert Stage.OPERATED not in stages(line)


def test_up_the_ladder_each_rung_lasts_for_a_period_of_the_loop() -> None:
    flight = Flight()
    slow = ControlLoop(name=AGENT, agent=flight.pilot, period_s=3, deadline_s=3, priority="control")
    flight.tick()
    flight.pipe = Pipe(flight.pipe.site, [slow], limits=flight.pipe.limits, run="r", revision="test")
    flight.pilot.says = "safe"
    assert "safe" in flight.ticks(4)
    flight.pilot.says = "model"
    rungs = [rung for rung in flight.ticks(20) if rung != "safe"]
    assert rungs[:6] == ["hold"] * 3 + ["rule"] * 3

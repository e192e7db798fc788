"""The queue is never longer than a shift can answer, and what matters most stands in it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pytest

from kernel.image import View
from kernel.instruction import ClaimQuestion
from kernel.pipe.pipe import Pipe
from kernel.pipe.verdicts import QUEUE_FULL
from kernel.point import OnLoss, Point, Writing
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.question import OPEN, Stage
from kernel.schedule.loop import ControlLoop
from kernel.site import Site
from kernel.testing import EmptyPast
from kernel.verdict import Ask
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S, make_pipe, make_site
from tests.unit.kernel.pipe.questions import asks, yes
from tests.unit.kernel.ticking import Line, answering, close_breaker

ALL = asks(above=-1.0)


def narrow(most: int = 1) -> Line:
    return Line(make_pipe(msgspec.structs.replace(make_site(), questions_at_most=most)))


def waiting(line: Line) -> list[str]:
    return [one.point for one in line.state.asked.values() if one.stage in OPEN]


def unasked(line: Line) -> list[str]:
    assert line.last is not None
    return [one.point for one in line.last.outputs.refused if one.kind == QUEUE_FULL]


def test_of_one_tick_those_are_asked_first_at_which_most_is_at_stake() -> None:
    line = narrow()
    line.tick(ALL, close_breaker(line), meter=80.0)
    assert (waiting(line), unasked(line)) == ([BREAKER], [BATTERY])


def test_a_question_gives_way_to_one_at_which_more_is_at_stake() -> None:
    line = narrow()
    line.tick(ALL, meter=80.0)
    assert waiting(line) == [BATTERY]
    line.tick(ALL, close_breaker(line))
    assert waiting(line) == [BREAKER]
    assert line.last is not None
    gone = [one for one in line.last.outputs.questions if one.question.stage is Stage.VOID]
    assert [one.why for one in gone] == [f"more is at stake in {BREAKER}"]
    assert line.state.refusals["shaver", BATTERY].rule == QUEUE_FULL
    assert [authority for authority, _ in line.authorities()] == ["safe_set"]


@pytest.mark.parametrize("how", ["claimed", "answered"])
def test_a_question_that_somebody_looks_at_stays(how: str) -> None:
    line = narrow()
    line.tick(asks(2, above=-1.0), meter=80.0)
    (question,) = line.state.asked.values()
    claim = ClaimQuestion(key="c", person="anna", reason="r", question=question.id)
    line.tick(asks(2, above=-1.0), told=[claim if how == "claimed" else yes(line)])
    line.tick(asks(2, above=-1.0), close_breaker(line))
    assert (waiting(line), unasked(line)) == ([BATTERY], [BREAKER])


def test_what_gave_way_is_asked_again_when_there_is_room() -> None:
    line = narrow()
    line.tick(ALL, meter=80.0)
    line.tick(ALL, close_breaker(line))
    line.tick(ALL, told=[yes(line, "anna", granted=False)])
    line.tick(ALL)
    assert waiting(line) == [BATTERY]


@dataclass
class Operator:
    """An agent that asks for an operation of the breaker all the time, of low priority."""

    name: str = "operator"
    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = (BREAKER,)

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        wish = Proposal(
            agent=self.name, point=BREAKER, priority=Priority.OPERATION, wanted=1.0, reason="close it",
            made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 3600 * S, once=True,
        )  # fmt: skip
        return Step(state=state, proposals=(wish,))


def test_an_operation_of_an_agent_gives_way_to_more_at_stake() -> None:
    line = narrow()
    loop = ControlLoop(name="operator", agent=Operator(), period_s=1, deadline_s=1, priority="control")
    line.pipe.loops = (loop, *line.pipe.loops)
    line.state = line.pipe.begin(EmptyPast(), now_ns=999 * S)
    line.away.add(METER)
    line.tick(ALL)
    assert waiting(line) == [BREAKER]
    line.away.clear()
    line.tick(ALL, meter=80.0)
    assert waiting(line) == [BATTERY]
    for _ in range(100):
        line.tick(ALL)
        assert waiting(line) == [BATTERY]


def test_an_agent_fills_no_more_than_its_share_of_the_places_and_keeps_there_what_matters_most() -> None:
    points = [f"a{number}/p" for number in range(6)]
    agent = Many(dict.fromkeys(points, (1.0, Priority.OPERATION)))
    line = crowd(points, 4, agent)
    ask = answering(Ask(rule="r", reason="who knows", revision="test", approval_s=600.0))
    line.tick(ask)
    held = waiting(line)
    assert len(held) == 2
    other = next(point for point in points if point not in held)
    agent.wishes |= {other: (2.0, Priority.SAFETY)}
    line.tick(ask)
    assert (len(waiting(line)), other in waiting(line)) == (2, True)


@dataclass
class Many:
    """Wishes for many set-points, each of a priority that says what is at stake."""

    wishes: dict[str, tuple[float, Priority]]
    name: str = "many"
    reads: tuple[str, ...] = ()

    @property
    def proposes(self) -> tuple[str, ...]:
        return tuple(self.wishes)

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        wishes = [
            Proposal(
                agent=self.name, point=point, priority=priority, wanted=value, reason="many",
                made_at_ns=view.now_ns, expires_at_ns=view.now_ns + 3 * S,
            )
            for point, (value, priority) in self.wishes.items()
        ]  # fmt: skip
        return Step(state=state + 1, proposals=tuple(wishes))


def crowd(points: Sequence[str], most: int, agent: Many) -> Line:
    writing = Writing(low=-100.0, high=100.0, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE, feedback_s=5.0)
    site = Site(
        name="s", title="S", base_tick_s=1.0, digest="d", devices=(), loops=(), questions_at_most=most,
        assets=(), points=tuple(Point(name=name, unit="kW", writing=writing) for name in points),
    )  # fmt: skip
    loop = ControlLoop(name="many", agent=agent, period_s=1, deadline_s=1, priority="safety")
    line = Line(Pipe(site, [loop], limits=dict.fromkeys(points, (-100.0, 100.0)), run="r", revision="test"))
    line.values = dict.fromkeys(points, 0.0)
    return line


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_wished_no_more_wait_than_may_and_nothing_is_done_unasked(seed: int) -> None:
    dice, points = random.Random(seed), [f"a{number}/p" for number in range(9)]
    agent = Many({})
    line = crowd(points, 3, agent)
    ask = answering(Ask(rule="r", reason="who knows", revision="test", approval_s=20.0))
    for _ in range(60):
        chosen = dice.sample(points, dice.randint(0, 9))
        ranks = (Priority.SAFETY, Priority.CONTROL, Priority.OPERATION)
        agent.wishes = dict.fromkeys(points, (0.0, Priority.OPERATION)) | {
            point: (float(dice.randint(1, 5)), dice.choice(ranks)) for point in chosen
        }
        line.tick(ask)
        assert len(waiting(line)) <= 3
        assert line.last is not None
        asked = {
            one.question.point for one in line.last.outputs.questions if one.question.stage is Stage.ASKED
        }
        stakes = {point: agent.wishes[point][1] for point in points}
        assert all(
            min(stakes[point] for point in unasked(line)) >= max(stakes[point] for point in asked)
            for _ in [0]
            if asked and unasked(line)
        )
    assert [command for command in line.commands if command.authority == "gate"] == []

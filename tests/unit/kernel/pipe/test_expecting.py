"""The gateway itself looks whether what a wish expected came true, and counts only what proves something."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from kernel.confidence import Calibration, Expectation, Hindsight
from kernel.image import View
from kernel.instruction import Override
from kernel.pipe.agent_step import flaw
from kernel.pipe.expecting import PENDING
from kernel.pipe.intervals import INTERVAL_NS
from kernel.point import Plausibility
from kernel.ports import Step
from kernel.proposal import Proposal
from kernel.site import Site
from kernel.verdict import Ask, Deny
from tests.unit.kernel.conftest import BATTERY, METER, S, Shaver, make_pipe, make_site
from tests.unit.kernel.ticking import ALLOW, Answer, Line, answering

DENY = Deny(rule="no", reason="no", revision="test")


@dataclass
class Bettor(Shaver):
    """A shaver that expects the meter to stay below a limit two seconds from now."""

    expects: dict[str, Any] = field(default_factory=dict)
    confidence: float | None = 0.8

    def step(self, view: View, state: int) -> Step:
        step = super().step(view, state)
        due = view.now_ns // (2 * S) * 2 * S + 2 * S
        expects = Expectation(**(dict(point=METER, high=100.0, due_ns=due) | self.expects))
        changed = (
            msgspec.structs.replace(
                one, expects=expects, confidence=self.confidence, confidence_basis="a bet"
            )
            for one in step.proposals
        )
        return msgspec.structs.replace(step, proposals=tuple(changed))


def believable() -> Site:
    """Return the smallest site, whose meter is believed between -1000 and 1000 kW."""
    site = make_site()
    span = Plausibility(low=-1000.0, high=1000.0)
    changed = (
        msgspec.structs.replace(one, plausibility=span) if one.name == METER else one for one in site.points
    )
    return msgspec.structs.replace(site, points=tuple(changed))


def betting(**bet: Any) -> Line:
    return Line(make_pipe(believable(), Bettor(proposes=(BATTERY,), **bet)))


def ticked(line: Line, count: int, answer: Answer | None = None) -> list[Hindsight]:
    return [one for _ in range(count) for one in line.tick(answer).outputs.hindsights]


def test_what_came_true_and_what_did_not_are_counted() -> None:
    line = betting()
    told = ticked(line, 5)
    line.tick(meter=200.0)
    told += ticked(line, 2)
    assert [(one.came_true, one.seen) for one in told] == [(True, 80.0), (True, 80.0), (False, 200.0)]
    assert line.state.calibrations["shaver"].outcomes == ((0.8, True), (0.8, True), (0.8, False))
    assert line.last is not None
    assert line.last.outputs.is_news() == bool(line.last.outputs.hindsights)


def test_policy_sees_how_sure_a_wish_is_and_how_far_that_can_be_believed() -> None:
    line = betting()
    ticked(line, 6)
    line.tick(meter=90.0)
    assert line.last is not None
    (command,) = line.last.outputs.commands
    seen = line.asked[-1].confidence[command.id]
    assert (seen.said, seen.basis, seen.outcomes, seen.wrong) == (0.8, "a bet", 3, 0)
    assert line.last.outputs.bases[0].confidence == seen


@pytest.mark.parametrize("said", [None, float("nan"), 1.5])
def test_a_wish_that_does_not_say_how_sure_it_is_shows_policy_nothing(said: float | None) -> None:
    line = betting(confidence=said)
    ticked(line, 6)
    assert [request.confidence for request in line.asked if request.confidence] == []
    assert line.state.calibrations == {}
    assert line.state.expected == {}


@pytest.mark.parametrize("verdict", [DENY, Ask(rule="ask", reason="who knows", revision="test")])
def test_a_wish_that_was_not_carried_out_proves_nothing(verdict: Any) -> None:
    assert ticked(betting(), 8, answering(verdict)) == []


def test_who_takes_its_wish_back_has_not_taken_back_its_bet() -> None:
    agent = Bettor(proposes=(BATTERY,), expects={"due_ns": 1008 * S}, stands_s=1.0)
    line = Line(make_pipe(believable(), agent))
    ticked(line, 3)
    agent.step = lambda view, state: Step(state=state)  # type: ignore[method-assign]
    line.tick(meter=200.0)
    assert [one.came_true for one in ticked(line, 6)] == [False]


@dataclass
class Dodger(Bettor):
    """Takes its wish back, or changes it, while its bet is being lost; wishes as before when it is due."""

    dodges: dict[int, dict[str, Any] | None] = field(default_factory=dict)

    def step(self, view: View, state: int) -> Step:
        step = super().step(view, state)
        changes = self.dodges.get(view.now_ns // S, {})
        wishes = () if changes is None else step.proposals
        return msgspec.structs.replace(
            step, proposals=tuple(msgspec.structs.replace(one, **(changes or {})) for one in wishes)
        )


@pytest.mark.parametrize("changes", [{"wanted": None, "low": 0.0}, None], ids=["bounds", "gone"])
def test_who_takes_a_wish_back_and_wishes_again_before_it_is_due_has_not_taken_back_the_bet(
    changes: dict[str, Any] | None,
) -> None:
    due = {"due_ns": 1008 * S}
    agent = Dodger(proposes=(BATTERY,), expects=due, stands_s=1.0, dodges={1007: changes})
    line = Line(make_pipe(believable(), agent))
    ticked(line, 6)
    line.tick(meter=200.0)
    told = ticked(line, 4)
    assert [one.came_true for one in told] == [False]


@pytest.mark.parametrize("until", [1008, 1020], ids=["for a while", "for good"])
@pytest.mark.parametrize("answer", [DENY, Ask(rule="ask", reason="who knows", revision="test")])
def test_who_changes_a_wish_into_one_that_is_refused_has_not_taken_back_the_bet(
    until: int, answer: Any
) -> None:
    dodges: dict[int, dict[str, Any] | None] = {second: {"wanted": 99.0} for second in range(1005, until)}
    agent = Dodger(proposes=(BATTERY,), expects={"due_ns": 1008 * S}, dodges=dodges)
    line = Line(make_pipe(believable(), agent))
    ticked(line, 5)
    line.tick(answering(answer), meter=200.0)
    assert [one.came_true for one in ticked(line, 4, answering(answer))] == [False]


def test_a_wish_that_a_person_overrules_proves_nothing() -> None:
    line = betting(expects={"due_ns": 1008 * S})
    ticked(line, 3)
    until_ns = line.now_ns + 60 * S
    line.tell(Override(key="o", person="anna", reason="r", pattern=BATTERY, value=5.0, until_ns=until_ns))
    assert ticked(line, 8) == []


def test_what_does_not_speak_of_the_wish_counts_whether_it_is_carried_out_or_not() -> None:
    line = betting(expects={"if_done": False})
    assert len(ticked(line, 7, answering(DENY))) == 3


def test_what_nobody_could_see_says_nothing() -> None:
    line = betting(expects={"if_done": False, "point": BATTERY, "high": 50.0})
    line.away.add(BATTERY)
    ticked(line, 1)
    assert list(line.state.expected) == [("shaver", BATTERY, 1002 * S)]
    assert ticked(line, 7) == []
    assert line.state.calibrations == {}


def test_the_first_expectation_for_a_moment_counts() -> None:
    agent = Bettor(proposes=(BATTERY,), expects={"due_ns": 1006 * S, "if_done": False})
    line = Line(make_pipe(believable(), agent))
    ticked(line, 3)
    agent.confidence, agent.expects["high"] = 0.1, 1e9
    line.tick(meter=200.0)
    (told,) = ticked(line, 4)
    assert (told.confidence, told.came_true) == (0.8, False)


def test_the_mean_of_a_quarter_hour_is_looked_at_when_it_ends() -> None:
    end = (1000 * S // INTERVAL_NS + 1) * INTERVAL_NS
    line = betting(expects={"mean": True, "due_ns": end, "high": 79.0})
    line.tick()
    line.number = (end // S) - 1000 - 500
    told = ticked(line, 501)
    assert [(one.seen, one.came_true, one.at_ns) for one in told] == [(80.0, False, end)]


def test_an_agent_expects_no_more_than_can_be_kept() -> None:
    agent = Bettor(proposes=(BATTERY,), expects={"if_done": False})
    line = Line(make_pipe(believable(), agent))
    for number in range(PENDING + 5):
        agent.expects["due_ns"] = 5000 * S + number
        line.tick()
    assert len(line.state.expected) == PENDING


@pytest.mark.parametrize(
    "easy",
    [
        {"high": None, "low": -1e300},
        {"high": 1000.0},
        {"high": 2000.0, "low": -1000.0},
        {"point": "cb/position"},
        {"point": "bat/sequence"},
        {"due_ns": 1000 * S + 1},
        {"due_ns": 1000 * S + S - 1},
    ],
    ids=["no bound", "its end", "beyond", "another asset", "no range", "at once", "within its period"],
)
def test_what_cannot_fail_is_no_expectation(easy: dict[str, Any]) -> None:
    line = betting(expects={"if_done": False, "due_ns": 1001 * S} | easy)
    assert ticked(line, 4, answering(DENY)) == []
    assert (line.state.expected, line.state.calibrations) == ({}, {})
    fair = betting(expects={"if_done": False, "due_ns": 1001 * S})
    assert len(ticked(fair, 4, answering(DENY))) == 1


def test_policy_is_told_of_a_wish_that_expects_nothing_itself() -> None:
    line = Line(make_pipe(believable(), Dodger(proposes=(BATTERY,), dodges={1006: {"expects": None}})))
    ticked(line, 6)
    line.tick(meter=90.0)
    assert [next(iter(asked.confidence.values())).bets for asked in (line.asked[0], line.asked[-1])] == [
        True,
        False,
    ]


def test_the_question_says_how_sure_the_wish_is() -> None:
    line = betting()
    line.tick(answering(Ask(rule="ask", reason="who knows", revision="test")))
    (question,) = line.state.asked.values()
    assert question.confidence is not None
    assert (question.confidence.said, question.confidence.outcomes) == (0.8, 0)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"confidence": float("nan")}, "a confidence of nan is none"),
        ({"confidence": 1.01}, "a confidence of 1.01 is none"),
        ({"expects": Expectation(point="no/where", high=1.0, due_ns=1)}, "no point of the site"),
        ({"expects": Expectation(point=METER, due_ns=1)}, "no bounds that are numbers"),
        ({"expects": Expectation(point=METER, high=float("inf"), due_ns=1)}, "no bounds that are numbers"),
        ({"expects": Expectation(point=METER, high=1.0, due_ns=7, mean=True)}, "no whole quarter-hour"),
        ({"expects": Expectation(point=METER, high=1.0, due_ns=7), "once": True}, "rules no point until"),
    ],
)
def test_what_cannot_be_reckoned_with_is_not_admitted(wrong: dict[str, Any], why: str) -> None:
    line = Line()
    line.tick()
    wish = msgspec.structs.replace(next(iter(line.state.standing.values())), **wrong)
    assert isinstance(wish, Proposal)
    assert why in flaw(wish, line.pipe.site)


def test_a_run_that_nobody_bets_in_keeps_no_calibration() -> None:
    line = Line()
    line.tick(answering(ALLOW))
    assert (line.state.expected, line.state.calibrations) == ({}, {})
    assert Calibration().outcomes == ()

"""Overrides: a person's value over all agents, inside envelope and policy, until it ends."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from kernel.command import Outcome
from kernel.instruction import HandBack, Mode, Override, PointMode
from kernel.pipe.override import as_proposals, matching
from kernel.point import OnLoss
from kernel.proposal import Priority, Proposal
from kernel.verdict import Deny
from tests.unit.kernel.conftest import BATTERY, METER, S, make_pipe, make_site
from tests.unit.kernel.pipe.test_modes import mode
from tests.unit.kernel.ticking import Line, answering, close_breaker


def override(
    line: Line, value: float | None, *, key: str = "o1", for_s: float = 60.0, **more: Any
) -> Override:
    told = {"pattern": "bat/*", "person": "m.jansen", "reason": "storm"} | more
    return Override(key=key, value=value, until_ns=line.now_ns + round(for_s * S), **told)


def hand_back(key: str = "o1") -> HandBack:
    return HandBack(key="h", person="m.jansen", reason="over", override=key)


@pytest.fixture
def line() -> Line:
    made = Line()
    for _ in range(3):
        made.tick()
    assert made.authorities() == [("gate", 30.0)]
    return made


def values(line: Line) -> list[float]:
    return [value for _, value in line.authorities()]


def test_an_override_stands_over_every_agent_and_every_request(line: Line) -> None:
    line.tell(override(line, 12.0))
    wish = Proposal(
        agent="guard",
        point=BATTERY,
        priority=Priority.SAFETY,
        wanted=-5.0,
        reason="r",
        made_at_ns=line.now_ns,
        expires_at_ns=line.now_ns + 50 * S,
    )
    for _ in range(6):
        line.tick(None, wish)
    assert values(line) == [30.0, 12.0]
    assert line.last is not None
    assert line.state.overrides["o1"].person == "m.jansen"


def test_an_override_is_bounded_by_the_envelope() -> None:
    line = Line(make_pipe(make_site(high=500.0)))  # the rating of the asset, 100, is narrower
    line.tell(override(line, 300.0))
    line.tick()
    assert values(line) == [100.0]


def test_an_override_passes_the_gate_and_a_denied_one_goes_safe_and_stays_there(line: Line) -> None:
    line.tell(override(line, 12.0, for_s=600.0))
    no = answering(Deny(rule="no", reason="no", revision="test"))
    for _ in range(130):
        line.tick(no)
    assert line.authorities() == [("gate", 30.0), ("safe_set", 0.0)]


def test_an_override_ends_by_itself_and_the_agents_decide_again(line: Line) -> None:
    line.tell(override(line, 12.0, for_s=5.0))
    lapsed = [one for _ in range(8) for one in line.tick().outputs.lapsed]
    assert values(line) == [30.0, 12.0, 30.0]
    assert [subject.key for subject in lapsed] == ["o1"]
    assert not line.state.overrides


def test_after_an_override_a_point_that_nobody_wants_goes_safe(line: Line) -> None:
    line.tell(override(line, 12.0, for_s=8.0))
    line.away.add(METER)
    for _ in range(12):
        line.tick()
    assert line.authorities() == [("gate", 30.0), ("gate", 12.0), ("safe_set", 0.0)]


def test_handing_back_ends_an_override(line: Line) -> None:
    line.tell(override(line, 12.0))
    line.tick()
    line.tick()
    line.tell(hand_back())
    line.tick()
    assert values(line) == [30.0, 12.0, 30.0]


def test_an_override_to_safe_takes_each_points_own_safe_value() -> None:
    line = Line(make_pipe(make_site(safe_value=7.0)))
    line.tell(override(line, None))
    line.tick()
    assert line.authorities() == [("gate", 7.0)]


def test_the_newest_of_two_overrides_rules_and_the_older_one_comes_back(line: Line) -> None:
    line.tell(override(line, 12.0))
    line.tick()
    line.tell(override(line, 15.0, key="o2"))
    for _ in range(3):
        line.tick()
    line.tell(hand_back("o2"))
    for _ in range(3):
        line.tick()
    assert values(line) == [30.0, 12.0, 15.0, 12.0]


def test_a_pulse_is_never_overridden(line: Line) -> None:
    assert [point.name for point in matching(line.pipe.site, "*")] == [BATTERY]
    assert set(as_proposals(line.pipe.site, {"o1": override(line, 1.0, pattern="*")})) == {
        ("override:o1", BATTERY)
    }
    line.tick(None, close_breaker(line))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pattern": "nothing*"}, "no set-point"),
        ({"pattern": "cb/*"}, "no set-point"),
        ({"value": math.inf}, "no value"),
        ({"value": math.nan}, "no value"),
        ({"value": 101.0}, "lies outside"),
        ({"until_ns": 0}, "needs a time"),
    ],
    ids=str,
)
def test_an_override_that_cannot_stand_is_refused(line: Line, change: dict[str, Any], why: str) -> None:
    line.tell(msgspec.structs.replace(override(line, 5.0), **change))
    assert why in line.tick().outputs.instructions[0].refused
    assert not line.state.overrides


def test_the_same_override_is_not_taken_twice_and_an_unknown_one_not_handed_back(line: Line) -> None:
    line.tell(override(line, 5.0))
    line.tell(override(line, 6.0))
    line.tell(hand_back("o9"))
    told = line.tick().outputs.instructions
    assert [one.refused for one in told] == ["", "override o1 stands already", "no override o9; o1"]


def test_a_point_in_test_is_decided_and_journalled_and_nothing_real_is_said_of_it(line: Line) -> None:
    line.tell(mode(BATTERY, Mode.TEST))
    line.tick(meter=90.0)
    (command,) = line.last.outputs.commands  # type: ignore[union-attr]
    assert (command.test, command.value) == (True, 40.0)


@pytest.mark.parametrize("on_loss", [OnLoss.WRITE_SAFE])
def test_a_local_point_is_not_overridden(on_loss: OnLoss) -> None:
    line = Line(make_pipe(make_site(on_loss=on_loss)))
    line.tell(PointMode(key="k", person="p", reason="r", point=BATTERY, mode=Mode.LOCAL))
    line.tell(override(line, 12.0))
    outcomes: list[Outcome] = line.outcomes(4)
    assert (values(line), outcomes) == ([], [])

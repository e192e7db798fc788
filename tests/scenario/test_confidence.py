"""An agent is asked about until its outcomes are known, acts while few are wrong, is asked about again."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from kernel.verdict import Allow, Ask, Deny
from policies.bundle import PolicyBundle
from policies.embedded import EmbeddedGate
from policies.folder import bundle_at
from tests.unit.kernel.conftest import BATTERY, make_pipe, make_site
from tests.unit.kernel.pipe.test_expecting import Bettor, believable
from tests.unit.kernel.ticking import Line

NEEDED = 15


def scoped(folder: Path) -> PolicyBundle:
    """The shipped scope, but for batteries that must be sure enough."""
    given = json.loads(Path("policies/data/ai_scope.json").read_text(encoding="utf-8"))
    entry = {"kind": "battery", "quantity": "setpoint", "from_minute": 0, "until_minute": 1440}
    given |= {"scope": [entry | {"at_most_wrong": 0.1}], "least_outcomes": NEEDED, "worth_asking_from": 0.2}
    (folder / "ai_scope.json").write_text(json.dumps(given), encoding="utf-8")
    return bundle_at(folder, msgspec.structs.replace(make_site(), policies=("ai_scope",)))


class Day:
    """A battery's agent that bets on the meter, under the real policy."""

    def __init__(self, folder: Path) -> None:
        bundle = scoped(folder)
        self.gate = EmbeddedGate(bundle)
        self.agent = Bettor(proposes=(BATTERY,), expects={"if_done": False})
        self.line = Line(make_pipe(believable(), self.agent, revision=bundle.revision))
        self.meter = 80.0

    def verdict(self, confidence: float | None, meter: float | None = None) -> object:
        """Change what is wished, and return what policy says of it."""
        self.meter = 80.0 + (self.line.number * 7) % 10 + 1.0 if meter is None else meter
        self.agent.confidence = confidence
        before = len(self.line.asked)
        self.line.tick(self.gate.judge_now, meter=self.meter)
        (request,) = self.line.asked[before:]
        (verdict,) = self.gate.judge_now(request).verdicts.values()
        return verdict

    def pass_by(self, outcomes: int, *, meter: float, confidence: float = 0.9) -> None:
        self.agent.confidence = confidence
        for _ in range(2 * outcomes):
            self.line.tick(self.gate.judge_now, meter=meter)


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


def test_before_there_are_enough_outcomes_a_person_is_asked(day: Day) -> None:
    verdict = day.verdict(1.0)
    assert isinstance(verdict, Ask)
    assert verdict.reason.endswith(f"not enough calibrated: 0 of {NEEDED} outcomes yet")
    (question,) = day.line.state.asked.values()
    assert question.confidence is not None
    assert day.line.authorities() == [("safe_set", 0.0)]


def test_who_was_right_often_enough_acts_by_itself_from_its_threshold_on(day: Day) -> None:
    day.pass_by(NEEDED + 1, meter=80.0)
    assert isinstance(day.verdict(0.9), Allow)
    verdict = day.verdict(0.62)
    assert isinstance(verdict, Ask)
    assert (
        "is not sure enough: shaver is 62 % sure, against the 90 % from which at most 10 %" in verdict.reason
    )
    assert isinstance(day.verdict(None), Ask)
    hopeless = day.verdict(0.1)
    assert isinstance(hopeless, Deny)
    assert "nobody is asked, and nothing is done" in hopeless.reason


def test_who_begins_to_be_wrong_is_asked_about_again(day: Day) -> None:
    day.pass_by(NEEDED + 1, meter=80.0)
    assert isinstance(day.verdict(0.9), Allow)
    day.pass_by(4, meter=140.0)
    verdict = day.verdict(0.9, meter=130.0)
    assert isinstance(verdict, Ask)
    assert "no confidence of it is enough now" in verdict.reason

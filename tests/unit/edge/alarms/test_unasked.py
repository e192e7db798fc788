"""That a shift is asked more than it can answer is an alarm, at once and until it is over."""

from __future__ import annotations

from edge.alarms.conditions import families
from edge.alarms.watch import AlarmWatch
from kernel.alarm import AlarmState
from kernel.pipe.state import Refusal
from kernel.pipe.tick import Inputs
from kernel.pipe.verdicts import QUEUE_FULL
from tests.fakes.nord_images import image, nord
from tests.unit.edge.alarms.test_watch import Heard, Told

UNASKED = "questions_unasked:gateway"


def refused(rule: str) -> Refusal:
    return Refusal(
        agent="shaver", point="bat1/p", value=1.0, wanted=1.0, rule=rule, by_policy=True, until_ns=10**18
    )


def seen(*rules: str) -> Told:
    watch, told = AlarmWatch(families(nord())), Told()
    watch.publish = told.append
    for number, rule in enumerate(rules):
        one = image(1.0 + 10.0 * number)
        heard = Heard(one, refusals={("shaver", "bat1/p"): refused(rule)} if rule else {})
        watch.heard(Inputs(tick=0, now_ns=one.now_ns), heard)  # type: ignore[arg-type]
    return told


def test_a_question_that_is_not_asked_for_lack_of_room_is_an_alarm_at_once() -> None:
    told = seen(QUEUE_FULL)
    assert told.of(UNASKED) == [("occurs", AlarmState.UNACKNOWLEDGED)]
    (alarm,) = [one for one in told if one.id == UNASKED]
    assert alarm.text == "more questions than the shift answers: 1 refused unasked, 50 may wait"
    assert alarm.evidence[0].value == 1.0


def test_it_is_over_when_everything_is_asked_again() -> None:
    assert [event for event, _ in seen(QUEUE_FULL, *[""] * 20).of(UNASKED)] == ["occurs", "returns"]


def test_a_denial_by_policy_is_none() -> None:
    assert seen("no").of(UNASKED) == []

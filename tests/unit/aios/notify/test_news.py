"""News: high alarms nobody has seen, questions, those that are late, repair orders; each under one id."""

from __future__ import annotations

import msgspec
import pytest
from pydantic import ValidationError

from aios.notify.message import About
from aios.notify.news import news
from aios.notify.section import MailSection, NotifySection, WebhookSection
from kernel.alarm import AlarmState
from kernel.question import Stage
from tests.fakes.nord import MIN, NOW
from tests.fakes.nord_alarms import alarm
from tests.fakes.nord_questions import question
from tests.fakes.snapshots import snapshot

HOOK = WebhookSection(url="https://hooks.example/aios", secret_file="hook.secret")


def wanted(**changes) -> NotifySection:
    return NotifySection(webhook=HOOK, **changes)


def told(shot, **changes) -> list[About]:
    return [one.about for one in news(shot, wanted(**changes))]


@pytest.mark.parametrize(
    ("state", "priority", "lowest", "is_told"),
    [
        (AlarmState.UNACKNOWLEDGED, 1, 1, True),
        (AlarmState.UNACKNOWLEDGED, 2, 1, False),
        (AlarmState.UNACKNOWLEDGED, 2, 2, True),
        (AlarmState.ACKNOWLEDGED, 1, 3, False),
        (AlarmState.SHELVED, 1, 3, False),
        (AlarmState.OUT_OF_SERVICE, 1, 3, False),
        (AlarmState.UNACKNOWLEDGED, 1, 0, False),
    ],
)
def test_an_alarm_is_told_by_its_priority_while_nobody_has_seen_it(state, priority, lowest, is_told):
    stands = alarm("t1", condition="voltage_band", state=state, priority=priority)
    shot = snapshot(alarms=(msgspec.structs.replace(stands, active=True),), asked=(), orders=())
    assert told(shot, alarms=lowest) == [About.ALARM] * is_told


def test_an_alarm_that_comes_again_is_another_message_and_one_that_stands_is_the_same():
    one = alarm("t1", condition="voltage_band", state=AlarmState.UNACKNOWLEDGED, priority=1)
    again = msgspec.structs.replace(one, since_ns=one.since_ns + 1)
    ids = [
        next(news(snapshot(alarms=(each,), asked=(), orders=(), now_ns=NOW + late), wanted())).id
        for each, late in ((one, 0), (one, MIN), (again, MIN))
    ]
    assert ids[0] == ids[1] != ids[2]


def test_a_question_is_told_when_it_is_asked_and_again_when_little_time_is_left():
    asked = question(asked_at_ns=NOW, decide_by_ns=NOW + 8 * MIN, stage=Stage.ASKED)
    seen = {
        minutes: told(snapshot(alarms=(), asked=(asked,), orders=(), now_ns=NOW + minutes * MIN))
        for minutes in (0, 5, 6, 9)
    }
    assert seen[0] == seen[5] == seen[9] == [About.QUESTION]
    assert seen[6] == [About.QUESTION, About.ESCALATION]


def test_a_question_that_was_answered_is_no_news():
    done = question(stage=Stage.APPROVED, decide_by_ns=NOW + MIN)
    assert told(snapshot(alarms=(), asked=(done,), orders=())) == []


def test_repair_orders_are_told_and_what_is_not_wanted_is_not():
    shot = snapshot(alarms=(), asked=())
    assert set(told(shot)) == {About.REPAIR}
    assert told(shot, about=[About.QUESTION]) == []


def test_a_password_in_clear_a_secret_in_the_address_and_nobody_to_tell_are_mistakes():
    with pytest.raises(ValidationError, match="nobody is told"):
        NotifySection()
    with pytest.raises(ValidationError, match="over TLS only"):
        MailSection(host="m", security="none", sender="a@b", to=["c@d"], user="u", password_file="p")
    with pytest.raises(ValidationError):
        WebhookSection(url="https://user:pass@host/", secret_file="s")
    with pytest.raises(ValidationError):
        MailSection(host="m", sender="a@b\nBcc: x@y", to=["c@d"])

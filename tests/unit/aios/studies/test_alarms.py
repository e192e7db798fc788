"""An alarm stands from when its condition occurs until it returns, whatever happens to it meanwhile."""

import msgspec
import pytest

from aios.studies.alarms import Alarms
from kernel.alarm import Alarm, AlarmState

HOUR = 3_600 * 10**9


def alarm(at, *, active=True, event="occurs", text="F-13 carries 89 % more"):
    return Alarm(
        id="forecast_missed:f13/active_power", condition="forecast_missed", asset="f13", priority=2,
        state=AlarmState.UNACKNOWLEDGED, active=active, event=event, at_ns=at * HOUR, since_ns=0, text=text,
        evidence=(), consequence="", response="Look at the feeder.", respond_within_s=1.0,
    )  # fmt: skip


@pytest.fixture
def alarms():
    return Alarms(start_ns=0)


def test_it_is_one_stretch_with_the_words_of_its_begin(alarms):
    assert alarms.hear(alarm(2))
    assert not alarms.hear(alarm(3, event="acknowledge", text="F-13 carries 70 % more"))
    assert not alarms.hear(alarm(5, active=False, event="returns"))
    (one,) = alarms.happenings()
    assert (one.kind, one.subject, one.words) == (
        "alarm",
        "forecast_missed:f13/active_power",
        "forecast_missed, priority 2",
    )
    assert (one.at_ns, one.until_ns, one.priority) == (2 * HOUR, 5 * HOUR, 2)
    assert alarms.counts(8 * HOUR)["forecast_missed"].times == 1
    assert one.evidence == ("F-13 carries 89 % more", "Look at the feeder.")


def test_they_are_counted_by_condition_with_the_time_that_they_stood(alarms):
    other = msgspec.structs.replace(alarm(4), id="noise:f11/current", condition="noise")
    for one in (alarm(1), alarm(2, active=False), alarm(3), other):
        alarms.hear(one)
    assert alarms.values(8 * HOUR) == {"alarms": 3.0, "alarms_per_h": 3.0 / 8.0, "alarm_h": 10.0}
    counts = alarms.counts(8 * HOUR)
    assert {name: (one.times, one.stood_h) for name, one in counts.items()} == {
        "forecast_missed": (2, 6.0),
        "noise": (1, 4.0),
    }
    assert alarms.standing == {"forecast_missed:f13/active_power", "noise:f11/current"}


def test_one_that_is_over_without_a_word_ends_then(alarms):
    alarms.hear(alarm(1))
    alarms.over("forecast_missed:f13/active_power", 4 * HOUR)
    alarms.over("forecast_missed:f13/active_power", 6 * HOUR)
    assert alarms.happenings()[0].until_ns == 4 * HOUR
    assert alarms.values(8 * HOUR)["alarm_h"] == 3.0

"""The watch: what changes is told once, with evidence; a flood in turns; one life goes on from another."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from edge.alarms.conditions import families
from edge.alarms.definition import rules
from edge.alarms.watch import AlarmWatch
from kernel.alarm import Alarm, AlarmState
from kernel.forecast import Forecast
from kernel.image import ProcessImage
from kernel.instruction import Instructed
from kernel.pipe.state import Refusal
from kernel.pipe.tick import Inputs
from tests.fakes.nord_alarms import alarm
from tests.fakes.nord_images import image, nord
from tests.fakes.oil_monitors import SOUND, frame, watched_nord

DEAD = {"f11__voltage": 0.0, "f12__voltage": 0.0}
LIMIT = "voltage_limit:t1"


@dataclass
class Heard:
    """Of a tick only what the watch looks at."""

    image: ProcessImage
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    intervals: None = None
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)

    canary: Alarm | None = None
    instructions: tuple[Instructed, ...] = ()

    @property
    def state(self) -> Heard:
        return self

    @property
    def outputs(self) -> Heard:
        return self


class Told(list[Alarm]):
    """What a watch publishes."""

    def of(self, name: str) -> list[tuple[str, AlarmState]]:
        return [(alarm.event, alarm.state) for alarm in self if alarm.id == name]


def watching(before: dict[str, Alarm] | None = None) -> tuple[AlarmWatch, Told]:
    watch, told = AlarmWatch(families(nord()), before), Told()
    watch.publish = told.append
    return watch, told


def see(watch: AlarmWatch, *images: ProcessImage) -> None:
    for one in images:
        watch.heard(Inputs(tick=0, now_ns=one.now_ns), Heard(one))  # type: ignore[arg-type]


def test_a_sound_morning_raises_nothing() -> None:
    watch, told = watching()
    see(watch, *(image(second) for second in range(0, 7200, 60)))
    assert told == []


def test_an_alarm_occurs_after_its_delay_and_returns_after_another() -> None:
    watch, told = watching()
    see(watch, *(image(second, **DEAD) for second in range(0, 61, 5)))
    assert told.of(LIMIT) == [("occurs", AlarmState.UNACKNOWLEDGED)]
    (alarm,) = [one for one in told if one.id == LIMIT]
    assert (alarm.since_ns, alarm.at_ns) == (0, 60 * 10**9)
    assert alarm.priority == 1
    assert alarm.response == rules()["voltage_limit"].response
    see(watch, *(image(second) for second in range(65, 190, 5)))
    assert told.of(LIMIT)[1:] == [("returns", AlarmState.RETURNED)]


def test_images_are_looked_at_every_five_seconds_of_control_time() -> None:
    watch, told = watching()
    see(watch, *(image(second / 10, **DEAD) for second in range(605)))
    assert told[0].at_ns == 60 * 10**9


def test_a_lost_input_is_said_after_a_minute_and_its_return_at_once() -> None:
    watch, told = watching()
    holes = ("f11/voltage", "f12/voltage")
    see(watch, *(image(second, holes=holes) for second in range(0, 61, 5)), image(65))
    assert told.of(LIMIT) == [("blind", AlarmState.NORMAL), ("sighted", AlarmState.NORMAL)]
    assert told[0].evidence[0].quality
    blind, sighted = (one.text for one in told if one.id == LIMIT)
    assert blind.startswith("cannot be judged: no usable reading of ")
    assert "0.00 kV" not in blind
    assert "cannot be judged" not in sighted


def test_another_life_goes_on_where_one_has_ended() -> None:
    watch, told = watching()
    see(watch, *(image(second, **DEAD) for second in range(0, 61, 5)))
    left = {alarm.id: alarm for alarm in told} | {"gone:x": told[0]}
    after, said = watching(left)
    see(after, *(image(second, **DEAD) for second in range(100, 300, 5)))
    assert said.of(LIMIT) == []
    see(after, *(image(second) for second in range(300, 430, 5)))
    assert said.of(LIMIT) == [("returns", AlarmState.RETURNED)]


@pytest.mark.parametrize(
    "name", ["noise:f13/active_power", "battery_losses:bat1", "forecast_missed:f13/active_power"]
)
def test_what_has_to_be_learnt_again_after_a_start_does_not_clear(name: str) -> None:
    left = alarm(name.partition(":")[2], condition=name.partition(":")[0], at_ns=0)
    watch, told = watching({name: left})
    see(watch, *(image(second) for second in range(60, 4_000, 60)))
    assert told.of(name) == [("blind", AlarmState.UNACKNOWLEDGED)]
    assert "has to be learnt" in told[-1].text


def test_gas_that_rises_is_not_called_over_by_a_restart_nor_raised_by_one() -> None:
    name, site = "gas_rate:t1", watched_nord()
    left = alarm("t1", condition="gas_rate", at_ns=0)
    for before, events in (({name: left}, ["blind"]), ({}, [])):
        watch, told = AlarmWatch(families(site), before), Told()
        watch.publish = told.append
        shown = {"t1": SOUND, "t2": SOUND}
        see(watch, *(frame(hour * 3600.0, shown).image for hour in range(1, 48)))
        assert [event for event, _ in told.of(name)] == events
        see(watch, *(frame(hour * 3600.0, shown).image for hour in range(48, 84)))
        assert [event for event, _ in told.of(name)][len(events) :] == (
            ["sighted", "returns"] if before else []
        )


def test_a_flood_is_told_in_turns_and_nothing_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.alarms.watch.AT_ONCE", 3)
    watch, told = watching()
    points, most = tuple(point.name for point in nord().points), 0
    for second in range(0, 600, 5):
        before = len(told)
        see(watch, image(second, holes=points))
        most = max(most, len(told) - before)
    assert most == 3
    learnt, unread = {"noise", "battery_losses", "forecast_missed"}, {"questions_unasked"}
    blind = {one.id for one in watch.definitions if one.condition not in learnt | unread}
    assert told_ids(told) == blind
    assert len(told) == len(blind), "told once each"


def told_ids(told: Told) -> set[str]:
    return {alarm.id for alarm in told}


@pytest.mark.parametrize("name", rules())
def test_a_rule_is_rationalised(name: str) -> None:
    rule = rules()[name]
    assert rule.priority in {1, 2, 3}
    assert rule.off_delay_s > 0.0
    assert rule.deadband >= 0.0
    assert rule.respond_within_s >= 300.0, "nobody can answer sooner than in five minutes"
    assert all(words.endswith(".") for words in (rule.consequence, rule.response))
    assert rule.source


def test_an_alarm_has_one_name_and_every_condition_a_rule() -> None:
    watch, _ = watching()
    names = [definition.id for definition in watch.definitions]
    assert len(names) == len(set(names))
    assert {definition.condition for definition in watch.definitions} <= set(rules())

"""What was foretold an hour before counts: a fault that forecasts follow is seen, a sound day is not."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pytest

from edge.alarms.family import Frame, framed
from edge.alarms.foretold import Foretold
from edge.alarms.promises import LEADS, SPARE, STEP_NS
from edge.alarms.watch import AlarmWatch
from kernel.alarm import Alarm, AlarmState
from kernel.forecast import Forecast
from kernel.pipe.intervals import Intervals
from kernel.point import NANOSECONDS
from kernel.site import LoopSpec, Site
from tests.fakes.nord_images import image, nord

F12 = "f12/active_power"
NUMBER = 1
"""Of F-12 among the points that nord forecasts."""
SAID, TRUE_NOW = 3_150.0, 2_100.0
BEGIN_S = 1_480_665_600
"""2016-12-02 08:00 UTC."""


def site_with(**settings: float | str | bool | list[str]) -> Site:
    """Nord with one forecast of other points."""
    loop = LoopSpec(
        agent="other", kind="load_forecast", period_s=900.0, deadline_s=900.0, settings=dict(settings)
    )
    return msgspec.structs.replace(nord(), loops=(loop,))


def forecast(
    step: int, middle: float, *, point: str = F12, spread: float = 150.0, rung: str = "model"
) -> Forecast:
    """What is made as quarter-hour `step` closes."""
    at_ns = BEGIN_S * NANOSECONDS + (step + 1) * STEP_NS
    levels = (0.1, 0.5, 0.9) if rung != "baseline" else (0.5,)
    row = (middle - spread, middle, middle + spread) if rung != "baseline" else (middle,)
    return Forecast(
        point=point,
        made_at_ns=at_ns + 1,
        start_ns=at_ns,
        step_s=900.0,
        quantiles=levels,
        values=(row,) * 96,
        model=rung,
        rung=rung,
    )


def closed(
    step: int,
    made: Forecast | None,
    *,
    late_s: float = 0.0,
    holes: tuple[str, ...] = (),
    **means: float,
) -> Frame:
    """What a gateway has some seconds after quarter-hour `step` has closed; `f12__active_power` is a mean."""
    end_ns = BEGIN_S * NANOSECONDS + (step + 1) * STEP_NS
    shown = image(end_ns / NANOSECONDS + late_s, **means)
    last = shown.value.copy()
    last[[nord().row[name] for name in holes]] = np.nan
    nothing = np.zeros(len(last))
    intervals = Intervals(now_ns=end_ns, weighted=nothing, good_s=nothing, last=last, last_end_ns=end_ns)
    forecasts: Mapping[str, Forecast] = {} if made is None else {made.point: made}
    return framed(shown, forecasts, intervals)


def taught(family: Foretold, steps: int = LEADS + 1, **forecasts: str) -> None:
    """Let some quarter-hours pass as they were foretold."""
    for step in range(steps):
        family.look(closed(step, forecast(step, SAID, **forecasts), f12__active_power=SAID))


def test_a_quarter_hour_is_held_to_what_was_foretold_an_hour_before_and_not_to_what_follows_it() -> None:
    family, overs = Foretold(nord()), []
    taught(family)
    for step in range(LEADS + 1, 3 * LEADS):
        frame = closed(step, forecast(step, TRUE_NOW), f12__active_power=TRUE_NOW)
        overs.append(family.look(frame).get(NUMBER, -99.0))
    assert all(over is not None and over > 0.0 for over in overs[:LEADS])
    assert overs[LEADS:] == [-99.0] * (LEADS - 1), "forecasts have followed it for an hour"


@pytest.mark.parametrize("mean", [SAID, SAID - 150.0, SAID + 150.0])
def test_what_is_inside_the_interval_is_well(mean: float) -> None:
    family = Foretold(nord())
    taught(family)
    assert family.look(closed(LEADS + 1, None, f12__active_power=mean)) == {}
    assert family.knows(NUMBER)


def test_the_margin_grows_with_the_interval_and_has_a_floor() -> None:
    family = Foretold(nord())
    narrow, wide = forecast(0, SAID, spread=1.0), forecast(0, SAID, spread=600.0)
    for made in (narrow, wide):
        one = Foretold(nord())
        for step in range(LEADS + 1):
            moved = msgspec.structs.replace(
                made, made_at_ns=made.made_at_ns + step, start_ns=made.start_ns + step * STEP_NS
            )
            one.look(closed(step, moved, f12__active_power=SAID))
        off = 0.5 * family.definitions[0].rule.limits["percent_of_rating"] / 100.0 * 7_000.0
        bound = made.values[0][2]
        assert (one.look(closed(LEADS + 1, None, f12__active_power=bound + off)).get(NUMBER) or -1.0) < 0.0


@pytest.mark.parametrize("rung", ["baseline", "rule"])
def test_what_no_model_has_foretold_cannot_be_judged_and_raises_nothing(rung: str) -> None:
    family = Foretold(nord())
    taught(family, rung=rung)
    assert family.look(closed(LEADS + 1, None, f12__active_power=0.0)) == {}
    assert not family.knows(NUMBER)


def test_the_previous_model_counts() -> None:
    family = Foretold(nord())
    taught(family, rung="previous_model")
    assert family.look(closed(LEADS + 1, None, f12__active_power=TRUE_NOW))[NUMBER]


def test_before_an_hour_has_passed_nothing_is_known() -> None:
    family = Foretold(nord())
    for step in range(LEADS - 1):
        made = forecast(step, SAID)
        assert family.look(closed(step, made, f12__active_power=0.0)) == {}
        assert not family.knows(NUMBER)


def test_an_older_forecast_stands_in_for_one_that_was_left_out_but_not_for_ever() -> None:
    family = Foretold(nord())
    taught(family)
    known = []
    for step in range(LEADS + 1, 3 * LEADS + SPARE):
        family.look(closed(step, None, f12__active_power=TRUE_NOW))
        known.append(family.knows(NUMBER))
    assert known == [True] * (LEADS + SPARE) + [False] * (LEADS - 1)


def test_a_quarter_hour_without_a_mean_neither_raises_nor_clears() -> None:
    family = Foretold(nord())
    taught(family)
    assert family.look(closed(LEADS + 1, None, holes=(F12,))) == {NUMBER: None}


def test_a_feeder_whose_breaker_is_open_is_as_it_should_be() -> None:
    family = Foretold(nord())
    taught(family)
    assert family.look(closed(LEADS + 1, None, f12__active_power=0.0, cb12__position=1.0)) == {}
    assert family.look(closed(LEADS + 2, None, f12__active_power=0.0, cb12__position=2.0))[NUMBER]


def test_the_words_say_what_was_foretold_when_and_what_came() -> None:
    family = Foretold(nord())
    taught(family)
    frame = closed(LEADS + 1, None, f12__active_power=TRUE_NOW)
    family.look(frame)
    words = family.words(NUMBER, frame)
    assert words.text == (
        "F-12 carries 33 % less than was foretold at 09:30: 2100 kW, foretold 3150 (3000 to 3300)"
    )
    assert words.point == F12
    (seen, said) = words.evidence
    assert (f"{seen.asset}/{seen.name}", seen.value, seen.limit) == (F12, TRUE_NOW, 3_000.0)
    assert (said.value, said.text) == (SAID, "median foretold by model")


def test_air_is_told_in_kelvin_and_may_be_below_zero() -> None:
    name, family = "t1/ambient_temperature", Foretold(site_with(points=["t1/ambient_temperature"]))
    for step in range(LEADS + 1):
        made = forecast(step, -1.0, point=name, spread=1.0)
        family.look(closed(step, made, t1__ambient_temperature=-1.0))
    frame = closed(LEADS + 1, None, t1__ambient_temperature=7.0)
    assert family.look(frame)[0]
    assert family.words(0, frame).text.startswith("air at T1 is 8.0 K warmer than was foretold at ")


def test_a_demand_that_is_all_that_is_forecast_is_taken_without_what_control_feeds_in() -> None:
    name = "grid/active_power"
    family = Foretold(site_with(demand_point=name, sources=["bat1/active_power"]))
    for step in range(LEADS + 1):
        made = forecast(step, 14_000.0, point=name)
        assert family.look(closed(step, made, grid__active_power=10_000.0, bat1__active_power=4_000.0)) == {}
    assert family.knows(0)
    assert family.look(closed(LEADS + 1, None, grid__active_power=10_000.0, bat1__active_power=0.0))[0]
    assert len(Foretold(nord()).definitions) == 4, "where feeders are forecast, their sum adds no alarm"


def told(means: list[float]) -> list[tuple[int, Alarm]]:
    """What the watch says of quarter-hours that were foretold as `SAID`, and then as they were."""
    watch, heard = AlarmWatch((Foretold(nord()),)), []
    for step, mean in enumerate(means):
        made = forecast(step, mean)
        for minute in range(15):
            frame = closed(step, made, late_s=60.0 * minute, f12__active_power=mean)
            heard += [(step, alarm) for alarm in watch.look(frame, frame.image.now_ns)]
    return heard


def test_three_quarter_hours_raise_it_and_two_do_not() -> None:
    sound = [SAID] * (LEADS + 2)
    assert told([*sound, TRUE_NOW, TRUE_NOW, *sound]) == []
    ((step, alarm), *_) = told([*sound, *[TRUE_NOW] * 4])
    assert (step, alarm.event, alarm.state) == (LEADS + 4, "occurs", AlarmState.UNACKNOWLEDGED)


def test_it_is_over_when_forecasts_have_followed_for_an_hour() -> None:
    events = [(step, alarm.event) for step, alarm in told([*[SAID] * 6, *[TRUE_NOW] * 12])]
    assert [event for _, event in events] == ["occurs", "returns"]
    assert events[1][0] <= 6 + LEADS + 2


def test_it_is_over_when_the_fault_is_though_forecasts_have_followed_it() -> None:
    events = told([*[SAID] * 6, *[TRUE_NOW] * 4, *[SAID] * 12])
    assert [alarm.event for _, alarm in events] == ["occurs", "returns"]
    assert events[1][0] <= 6 + 4 + 1


def test_the_end_of_a_long_fault_is_not_a_fault_the_other_way() -> None:
    events = told([*[SAID] * 6, *[TRUE_NOW] * 12, *[SAID] * 12])
    assert [alarm.event for _, alarm in events] == ["occurs", "returns"]


def test_another_fault_at_the_end_of_one_is_seen() -> None:
    more = SAID + (SAID - TRUE_NOW)
    events = told([*[SAID] * 6, *[TRUE_NOW] * 12, *[more] * 4])
    assert [alarm.event for _, alarm in events] == ["occurs", "returns", "occurs"]
    assert "F-12 carries 33 % more" in events[-1][1].text


def test_a_fault_that_is_past_leaves_nobody_blind_to_what_forecasts_have_learnt_since() -> None:
    family, step = Foretold(nord()), 0
    for mean, steps in ((SAID, 6), (0.0, 2), (SAID, 3 * LEADS), (SAID + 700.0, 1)):
        for _ in range(steps):
            said = forecast(step, SAID, spread=900.0 if step < 6 else 150.0)
            over = family.look(closed(step, said, f12__active_power=mean)).get(NUMBER)
            step += 1
    assert over, "what was foretold of it long before the fault was less sure, and counts no more"


def reclosed(open_steps: int, after: int = 2 * LEADS) -> list[float | None]:
    """What is said after a breaker is closed again, of a feeder that was foretold as it then was."""
    family = Foretold(nord())
    taught(family, steps=6)
    for step in range(6, 6 + open_steps):
        made = forecast(step, 0.0)
        assert NUMBER not in family.look(closed(step, made, f12__active_power=0.0, cb12__position=1.0))
    overs = []
    for step in range(6 + open_steps, 6 + open_steps + after):
        frame = closed(step, forecast(step, SAID), f12__active_power=SAID, cb12__position=2.0)
        overs.append(family.look(frame).get(NUMBER))
    return overs


@pytest.mark.parametrize("open_steps", [1, 3, 8, 40, 92, 120])
def test_a_feeder_that_is_closed_again_misses_nothing(open_steps: int) -> None:
    assert reclosed(open_steps) == [None] * 2 * LEADS


def test_a_third_that_stays_away_after_reclosing_is_seen() -> None:
    family = Foretold(nord())
    taught(family, steps=6)
    for step in range(6, 14):
        family.look(closed(step, forecast(step, 0.0), f12__active_power=0.0, cb12__position=1.0))
    for step in range(14, 17):
        frame = closed(step, forecast(step, TRUE_NOW), f12__active_power=TRUE_NOW, cb12__position=2.0)
        assert family.look(frame)[NUMBER]


def test_a_sound_day_raises_nothing() -> None:
    day = [SAID + 500.0 * np.sin(2.0 * np.pi * step / 96.0) for step in range(96)]
    assert told(day) == []


def test_a_site_without_a_forecast_has_no_such_alarm() -> None:
    assert Foretold(msgspec.structs.replace(nord(), loops=())).definitions == ()

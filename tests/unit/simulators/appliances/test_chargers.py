from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from simulators.appliances.chargers import LEAST_A, Chargers
from simulators.appliances.hold import DemandResponseEvent, Hold
from simulators.appliances.planned import EvChargers
from simulators.appliances.sessions import PATTERNS
from tests.unit.simulators.appliances.conftest import HOUR, MINUTE, MONDAY, SECOND, WEATHER, Alone

BEGIN = datetime(2016, 12, 5, 16, 0, tzinfo=UTC)
ESTATE = EvChargers(name="ev", at="f13", count=60)


def event(**changes):
    given = {"name": "evening", "targets": ("ev",), "begin": BEGIN, "end": BEGIN + timedelta(hours=3),
             "kind": "limit_kw", "amount": 40.0}  # fmt: skip
    return DemandResponseEvent(**(given | changes))


def stations(count=40, pattern="home", **changes):
    given = {"phases": 3, "highest_a": 16.0, "seed": 5}
    return Chargers(PATTERNS[pattern], count=count, **(given | changes))


def lived(units, minutes, hold=None, *, start_ns=MONDAY):
    """Live under one hold; the power of each station in each minute."""
    hold, drawn = hold or Hold(), []
    for minute in range(minutes):
        units.decide(start_ns + minute * MINUTE, WEATHER.at(start_ns), hold)
        drawn.append(units.drawn_kw(hold).copy())
        units.run(60.0, hold, supply=1.0)
    units.decide(start_ns + minutes * MINUTE, WEATHER.at(start_ns), hold)
    return np.array(drawn)


@pytest.mark.parametrize("pattern", ["home", "work", "public"])
@pytest.mark.parametrize("limit_kw", [float("inf"), 60.0])
def test_what_was_charged_is_what_was_wanted_less_what_is_open_and_what_came_late(pattern, limit_kw):
    units = stations(pattern=pattern)
    lived(units, 1440, Hold(limit_kw=limit_kw))
    count = units.account()
    assert count["wanted_kwh"] > 100.0
    assert count["charged_kwh"] <= count["wanted_kwh"] * (1.0 + 1e-12)
    rest = count["late_kwh"] + count["open_kwh"]
    assert count["charged_kwh"] + rest == pytest.approx(count["wanted_kwh"], rel=1e-9)
    assert count["drawn_kwh"] * 0.90 == pytest.approx(count["charged_kwh"], rel=1e-9)


def test_no_station_draws_more_than_its_current_and_the_fleet_no_more_than_its_limit():
    drawn = lived(stations(), 1440, Hold(limit_kw=50.0))
    assert drawn.max() <= 16.0 * 3 * 0.230 + 1e-12
    assert drawn.sum(axis=1).max() <= 50.0
    assert drawn.sum(axis=1).max() > 45.0


def test_a_limit_below_six_amperes_a_phase_lets_nobody_charge():
    assert lived(stations(), 1440, Hold(limit_kw=LEAST_A * 3 * 0.230 - 0.01)).max() == 0.0
    assert lived(stations(), 1440, Hold(limit_kw=LEAST_A * 3 * 0.230 + 0.01)).max() > 4.0


def test_under_a_limit_stations_offer_whole_amperes():
    units, hold, offered = stations(), Hold(limit_kw=50.0), []
    for minute in range(1440):
        units.decide(MONDAY + minute * MINUTE, WEATHER.at(MONDAY), hold)
        drawn = units.drawn_kw(hold)
        offered += drawn[(drawn > 0.0) & (drawn < units._accepted_kw - 1e-9)].tolist()
        units.run(60.0, hold, supply=1.0)
    amperes = np.array(offered) / (3 * 0.230)
    assert len(amperes) > 500
    assert np.abs(amperes - np.round(amperes)).max() < 1e-9
    assert amperes.min() >= 6.0 - 1e-9


def test_a_vehicle_accepts_less_beyond_eighty_per_cent():
    one = stations(count=1, highest_a=32.0, seed=11)
    drawn = lived(one, 3 * 1440)[:, 0]
    full = drawn.max()
    session = drawn[drawn > 0.0]
    assert full == pytest.approx(32.0 * 3 * 0.230)
    assert ((session > 0.1 * full) & (session < 0.99 * full)).sum() > 10


def test_vehicles_come_home_in_the_evening_and_to_work_in_the_morning():
    home = lived(stations(count=200), 1440).sum(axis=1).reshape(24, 60).mean(axis=1)
    work = lived(stations(count=200, pattern="work"), 1440).sum(axis=1).reshape(24, 60).mean(axis=1)
    assert 15 <= int(home.argmax()) <= 19
    assert 6 <= int(work.argmax()) <= 9


def test_a_station_of_a_fleet_draws_what_it_draws_alone():
    fleet = lived(stations(count=5), 2 * 1440)
    for number in (0, 4):
        assert (lived(stations(count=1, first=number), 2 * 1440)[:, 0] == fleet[:, number]).all()


def test_the_same_seed_gives_the_same_bits_however_time_is_cut():
    minutes, odd = Alone(ESTATE), Alone(ESTATE)
    for _ in range(12 * 60):
        minutes.advance(minutes.now_ns + MINUTE)
    while odd.now_ns < minutes.now_ns:
        odd.advance(min(odd.now_ns + 97 * SECOND + 1, minutes.now_ns))
    assert minutes.parts[0].account() == odd.parts[0].account()
    assert minutes.load_kw("ev") == odd.load_kw("ev")
    assert Alone(ESTATE, seed=2).parts[0].account() != Alone(ESTATE).parts[0].account()


def test_after_an_event_the_vehicles_that_waited_charge_all_at_once():
    held, free = Alone(ESTATE, events=[event()]), Alone(ESTATE)
    held.advance(MONDAY + 16 * HOUR)
    free.advance(MONDAY + 16 * HOUR)
    during, without = held.minutes(180, "ev"), free.minutes(180, "ev")
    assert max(during) <= 40.0 < max(without)
    after, later = held.minutes(120, "ev"), free.minutes(120, "ev")
    assert max(after) > 1.2 * max(without)
    assert sum(after) > 1.5 * sum(later)


def test_beside_a_held_fleet_lives_the_one_that_nobody_held():
    held, free = Alone(ESTATE, events=[event()]), Alone(ESTATE)
    for _ in range(22 * 60):
        held.advance(held.now_ns + MINUTE)
        free.advance(free.now_ns + MINUTE)
        row = held.rows.load["ev"]
        assert held.free().load_kw[row] == free.wish.load_kw[row]
    assert held.parts[0]._free.units.account() == free.parts[0].account()
    assert held.parts[0].account() != free.parts[0].account()


def test_without_supply_nothing_charges_and_vehicles_leave_with_less():
    dark = Alone(ESTATE)
    dark.supplied = False
    dark.advance(MONDAY + 40 * HOUR)
    count = dark.parts[0].account()
    assert count["charged_kwh"] == 0.0
    assert dark.parts[0].counted()["late_kwh"] > 0.0
    assert dark.parts[0].account()["drawn_kwh"] == 0.0


def test_an_event_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="evening"):
        event(end=BEGIN)

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from simulators.appliances.buildings import Buildings
from simulators.appliances.heat_pumps import REST_MINUTES, HeatPumps, performance
from simulators.appliances.hold import DemandResponseEvent, Hold
from simulators.appliances.planned import HeatPumpHouses
from simulators.weather.sky import Sky
from tests.unit.simulators.appliances.conftest import HOUR, MINUTE, MONDAY, SECOND, Alone

HOUSES = HeatPumpHouses(name="hp", at="f14", count=30)
BEGIN = datetime(2016, 12, 5, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Steady:
    """The same weather for ever."""

    outdoor_c: float
    sun_w_m2: float = 0.0

    def at(self, now_ns):
        return Sky(ambient_c=self.outdoor_c, global_w_m2=self.sun_w_m2)

    def ambient_c(self, now_ns):
        return self.outdoor_c


def houses(count=20, outdoor_c=-5.0, **changes):
    given = {"count": count, "seed": 4, "sink": "floor", "outdoor_c": outdoor_c}
    return HeatPumps.of_houses(**(given | changes))


def lived(units, minutes, *, outdoor_c=-5.0, sun_w_m2=0.0, hold=None, supply=1.0):
    drawn, sky, hold = [], Sky(ambient_c=outdoor_c, global_w_m2=sun_w_m2), hold or Hold()
    for minute in range(minutes):
        units.decide(minute * MINUTE, sky, hold)
        drawn.append(units.drawn_kw(hold).copy())
        units.run(60.0, hold, supply=supply)
    units.decide(minutes * MINUTE, sky, hold)
    return np.array(drawn)


def test_heat_and_gains_are_what_was_lost_and_what_was_stored():
    units = houses()
    before = units.account()["stored_kwh"]
    lived(units, 2 * 1440, sun_w_m2=120.0)
    count = units.account()
    came = count["heat_kwh"] + count["gain_kwh"]
    assert came == pytest.approx(count["loss_kwh"] + count["stored_kwh"] - before, rel=1e-9)


def test_a_building_left_alone_cools_to_the_outside_and_no_further():
    one = Buildings.houses(np.arange(3), 1)
    air, mass, nothing = np.full(3, 21.0), np.full(3, 20.0), np.zeros(3)
    for _ in range(2 * 24 * 60):
        air, mass, lost = one.after(air, mass, heat_kwh=nothing, outdoor_c=-3.0, hours=1.0 / 2.0)
        assert (lost >= -1e-9).all()
        assert (air >= -3.0 - 1e-9).all()
    assert air == pytest.approx(np.full(3, -3.0), abs=0.01)


def test_one_long_step_of_a_building_ends_near_many_short_ones():
    one = Buildings.houses(np.arange(4), 2)
    air, mass = np.full(4, 21.0), np.full(4, 20.0)
    long_air, long_mass, _ = one.after(air, mass, heat_kwh=np.ones(4), outdoor_c=0.0, hours=0.5)
    for _ in range(300):
        air, mass, _ = one.after(air, mass, heat_kwh=np.ones(4) / 300.0, outdoor_c=0.0, hours=0.5 / 300.0)
    assert long_air == pytest.approx(air, abs=0.02)
    assert long_mass == pytest.approx(mass, abs=0.02)


def test_the_colder_it_is_the_more_electricity_houses_take():
    taken = []
    for outdoor_c in (12.0, 6.0, 0.0, -6.0, -12.0):
        units = houses(outdoor_c=outdoor_c)
        lived(units, 1440, outdoor_c=outdoor_c)
        taken.append(units.account()["electric_kwh"])
    assert all(b > a for a, b in itertools.pairwise(taken))


def test_performance_falls_with_the_cold_and_with_hotter_water():
    by_cold = [performance(outdoor_c, "floor") for outdoor_c in range(15, -20, -1)]
    assert all(a >= b for a, b in itertools.pairwise(by_cold))
    assert performance(0.0, "radiator") < performance(0.0, "floor")
    assert 1.5 < performance(-20.0, "radiator") < performance(15.0, "floor") < 5.5


def test_thermostats_keep_every_house_in_its_band_on_the_coldest_day():
    units = houses(outdoor_c=-14.0)
    lived(units, 2 * 1440, outdoor_c=-14.0)
    assert units.counted()["discomfort_kh"] == 0.0
    assert ((units.air_c > 19.0) & (units.air_c < 23.2)).all()


def test_a_compressor_rests_before_it_starts_again():
    drawn = lived(houses(outdoor_c=5.0), 1440, outdoor_c=5.0) > 0.0
    for column in drawn.T:
        edges = np.flatnonzero(np.diff(column.astype(int)))
        stops = [e for e in edges if column[e]]
        starts = [e for e in edges if not column[e]]
        for stop in stops:
            later = [s for s in starts if s > stop]
            assert not later or later[0] - stop >= REST_MINUTES


def test_under_a_limit_the_coldest_houses_run_and_comfort_is_what_it_costs():
    units = houses()
    drawn = lived(units, 1440, hold=Hold(limit_kw=12.0))
    assert drawn.sum(axis=1).max() <= 12.0
    assert units.counted()["discomfort_kh"] > 0.0
    spread = units.air_c.max() - units.air_c.min()
    assert spread < 3.0


def test_a_setback_saves_now_and_is_caught_up_with_later():
    event = DemandResponseEvent(name="morning", targets=("hp",), begin=BEGIN, end=BEGIN + timedelta(hours=3),
                                kind="setback_k", amount=1.5)  # fmt: skip
    held = Alone(HOUSES, events=[event], skies=Steady(-5.0))
    free = Alone(HOUSES, skies=Steady(-5.0))
    held.advance(MONDAY + 6 * HOUR)
    free.advance(MONDAY + 6 * HOUR)
    assert sum(held.minutes(180, "hp")) < 0.8 * sum(free.minutes(180, "hp"))
    assert sum(held.minutes(180, "hp")) > 1.1 * sum(free.minutes(180, "hp"))


def test_a_house_of_a_fleet_lives_as_it_lives_alone():
    fleet = lived(houses(count=4), 1440)
    for number in (0, 3):
        assert (lived(houses(count=1, first=number), 1440)[:, 0] == fleet[:, number]).all()


def test_the_same_seed_gives_the_same_bits_however_time_is_cut():
    minutes, odd = Alone(HOUSES), Alone(HOUSES)
    minutes.advance(MONDAY + 6 * HOUR)
    while odd.now_ns < minutes.now_ns:
        odd.advance(min(odd.now_ns + 41 * SECOND + 7, minutes.now_ns))
    assert minutes.parts[0].account() == odd.parts[0].account()


def test_without_supply_houses_cool_and_their_cold_is_counted():
    units = houses(outdoor_c=-10.0)
    drawn = lived(units, 1440, outdoor_c=-10.0, supply=0.0)
    assert units.account()["electric_kwh"] == 0.0
    assert drawn.max() > 0.0
    assert units.counted()["discomfort_kh"] > 20.0

from datetime import UTC, datetime, timedelta

import pytest

from simulators.appliances.hold import DemandResponseEvent
from simulators.appliances.planned import Photovoltaic, Wind
from simulators.devices.sunspec_inverter import SunSpecInverter
from simulators.weather.model import Weather
from tests.unit.simulators.appliances.conftest import HOUR, MINUTE, SECOND, Alone

JUNE = 1_465_171_200 * SECOND  # 2016-06-06 00:00 UTC
NOON = datetime(2016, 6, 6, 11, 0, tzinfo=UTC)
FIELD = Photovoltaic(name="field", at="f14", peak_kw=1000.0)
SKIES = Weather(seed=8)


def plant_kw(world, name="field"):
    return float(world.wish.plant_kw[world.rows.plant[name]])


def curtailment(kind="limit_kw", amount=200.0):
    return DemandResponseEvent(
        name="noon", targets=("field",), begin=NOON, end=NOON + timedelta(hours=2), kind=kind, amount=amount
    )


def day(*events, banks=None, field=FIELD):
    world = Alone(field, events=events, banks=banks, start_ns=JUNE, skies=SKIES)
    highest = 0.0
    while world.now_ns < JUNE + 24 * HOUR:
        world.advance(world.now_ns + 5 * MINUTE)
        highest = max(highest, plant_kw(world))
    return world, highest


def test_what_was_available_was_delivered_or_curtailed_or_lost():
    world, highest = day(curtailment())
    count = world.parts[0].account()
    parts = count["delivered_kwh"] + count["curtailed_kwh"] + count["lost_kwh"]
    assert parts == pytest.approx(count["available_kwh"], rel=1e-12)
    assert count["curtailed_kwh"] > 20.0
    assert 200.0 < highest <= 900.0


def test_during_a_curtailment_no_more_is_given_than_its_limit():
    world = Alone(FIELD, events=[curtailment("limit_share", 0.1)], start_ns=JUNE, skies=SKIES)
    world.advance(JUNE + 11 * HOUR)
    assert plant_kw(world) == pytest.approx(0.1 * 900.0)
    free = float(world.free().plant_kw[world.rows.plant["field"]])
    assert free > plant_kw(world)
    world.advance(JUNE + 13 * HOUR)
    assert plant_kw(world) == float(world.free().plant_kw[world.rows.plant["field"]])


def test_where_the_bus_is_dark_the_sun_is_lost_and_not_curtailed():
    world = Alone(FIELD, start_ns=JUNE + 10 * HOUR, skies=SKIES)
    world.supplied = False
    world.advance(JUNE + 11 * HOUR)
    count = world.parts[0].account()
    assert count["lost_kwh"] == count["available_kwh"] > 0.0
    assert world.parts[0].counted()["curtailed_kwh"] == 0.0


def test_a_sunspec_inverter_before_a_field_holds_it_back():
    small = Photovoltaic(name="field", at="f14", peak_kw=60.0)
    free, whole = day(banks={"field": SunSpecInverter(rating_kw=54.0)}, field=small)
    device = SunSpecInverter(rating_kw=54.0)
    device._registers.put(123, "WMaxLimPct", 100)  # tenths of a per cent
    device._registers.put(123, "WMaxLim_Ena", 1)
    held, highest = day(banks={"field": device}, field=small)
    assert highest == pytest.approx(5.4)
    assert whole > 20.0
    assert held.parts[0].counted()["curtailed_kwh"] > free.parts[0].counted()["curtailed_kwh"] == 0.0


def test_a_turbine_follows_the_wind_of_the_sky_and_shows_what_it_could_give():
    world = Alone(Wind(name="mill", at="bus2", rated_kw=3000.0), start_ns=JUNE, skies=SKIES)
    powers = []
    for _ in range(7 * 24):
        world.advance(world.now_ns + HOUR)
        powers.append(plant_kw(world, "mill"))
    assert min(powers) < 300.0
    assert max(powers) > 600.0
    assert world.parts[0].show()["mill"]["available_power"] >= 0.0

from itertools import pairwise

import pytest

from simulators.equipment.thermal import (
    Surroundings,
    ThermalPlate,
    ThermalState,
    advance,
    cold,
    off_plate,
    reading,
)

PLATE = ThermalPlate(rated_a=700.0, copper_loss_kw=110.0, iron_loss_kw=16.0)
DAY_S = 86_400.0


def around(load=0.5, ambient_c=10.0, blocked=0.0, *, energised=True):
    return Surroundings(current_a=load * 700.0, ambient_c=ambient_c, blocked=blocked, energised=energised)


def settled(**kind):
    surroundings = around(**kind)
    return advance(PLATE, cold(PLATE, surroundings.ambient_c), surroundings, dt_s=3 * DAY_S)


def iec_rise_k(load):
    """IEC 60076-7 ultimate top-oil rise, ONAF, from the loss ratio of the same plate."""
    ratio = 110.0 / 16.0
    return 52.0 * ((1.0 + ratio * load**2) / (1.0 + ratio)) ** 0.8


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_a_healthy_unit_settles_near_the_top_oil_of_the_standard(load):
    assert reading(PLATE, settled(load=load)).top_oil_c - 10.0 == pytest.approx(iec_rise_k(load), abs=2.0)


def test_a_settled_unit_gives_off_what_it_loses():
    state = settled(load=0.6)
    later = advance(PLATE, state, around(load=0.6), dt_s=3600.0)
    assert later.oil_c == pytest.approx(state.oil_c, abs=1e-6)
    assert later.winding_c == pytest.approx(state.winding_c, abs=1e-6)
    assert state.hot_spot_k == pytest.approx(1.28 * (state.winding_c - state.oil_c), abs=1e-6)


def test_temperatures_stand_in_order_from_air_to_hot_spot():
    seen = reading(PLATE, settled(load=0.8))
    assert 10.0 < seen.top_oil_c < seen.winding_c < seen.hot_spot_c < 98.0


def test_a_blocked_cooler_raises_the_top_oil_and_more_so_at_high_load():
    rises = [
        settled(load=load, blocked=0.5).top_oil_c - settled(load=load, blocked=0.0).top_oil_c
        for load in (0.2, 0.4, 0.6)
    ]
    assert 5.0 < rises[0] < rises[1] < rises[2] < 30.0


@pytest.mark.parametrize("load", [0.0, 0.1, 0.4, 0.8, 1.2])
@pytest.mark.parametrize("blocked", [0.1, 0.5, 1.0])
def test_blocking_a_cooler_never_cools_anything(load, blocked):
    sound = sick = settled(load=load)
    coldest = reading(PLATE, sick)
    for _ in range(6 * 60):
        sound = advance(PLATE, sound, around(load=load), dt_s=60.0)
        sick = advance(PLATE, sick, around(load=load, blocked=blocked), dt_s=60.0)
        well, ill = reading(PLATE, sound), reading(PLATE, sick)
        assert sick.oil_c > sound.oil_c
        assert sick.winding_c > sound.winding_c
        assert ill.top_oil_c > max(well.top_oil_c, coldest.top_oil_c)
        assert ill.hot_spot_c > max(well.hot_spot_c, coldest.hot_spot_c)
        coldest = ill


def test_a_fan_that_starts_and_a_cold_front_never_heat_anything():
    for better in ({"ambient_c": 0.0}, {"blocked": 0.0}):
        kind = {"load": 0.6, "ambient_c": 10.0, "blocked": 0.4}
        state = settled(**kind)
        seen = [reading(PLATE, state)]
        for _ in range(120):
            state = advance(PLATE, state, around(**(kind | better)), dt_s=60.0)
            seen.append(reading(PLATE, state))
        assert all(b.top_oil_c < a.top_oil_c and b.hot_spot_c < a.hot_spot_c for a, b in pairwise(seen))


def test_a_blocked_cooler_does_not_show_in_the_fans():
    healthy, sick = reading(PLATE, settled()), reading(PLATE, settled(blocked=0.5))
    assert sick.fan_current_a == healthy.fan_current_a
    assert sick.cooling_on


@pytest.mark.parametrize("step_s", [1.0, 60.0, 900.0])
def test_the_way_to_a_temperature_does_not_depend_on_the_length_of_the_steps(step_s):
    fine = coarse = cold(PLATE, 10.0)
    for _ in range(round(3600.0 / step_s)):
        coarse = advance(PLATE, coarse, around(load=1.2), dt_s=step_s)
    for _ in range(720):
        fine = advance(PLATE, fine, around(load=1.2), dt_s=5.0)
    assert coarse.top_oil_c == pytest.approx(fine.top_oil_c, abs=0.02)
    assert coarse.winding_c == pytest.approx(fine.winding_c, abs=0.02)


def test_no_time_changes_nothing():
    state = settled()
    assert advance(PLATE, state, around(load=1.0), dt_s=0.0) == state


def test_the_winding_heats_in_minutes_and_the_oil_in_hours():
    start = settled(load=0.3)
    soon = advance(PLATE, start, around(load=0.9), dt_s=900.0)
    end = settled(load=0.9)

    def share(now, first, last):
        return (now - first) / (last - first)

    gradient = share(soon.winding_c - soon.oil_c, start.winding_c - start.oil_c, end.winding_c - end.oil_c)
    assert gradient > 0.7
    assert share(soon.oil_c, start.oil_c, end.oil_c) < 0.25


def test_warm_oil_is_thin_and_takes_the_heat_of_the_windings_more_easily():
    winter, summer = settled(load=0.9, ambient_c=-5.0), settled(load=0.9, ambient_c=35.0)
    assert summer.winding_c - summer.oil_c < winter.winding_c - winter.oil_c


def test_the_reserve_fans_start_hot_and_stop_only_when_clearly_cooler():
    hot = advance(PLATE, cold(PLATE, 35.0), around(load=1.0, ambient_c=35.0), dt_s=6 * 3600.0)
    assert hot.running == (True, True)
    shown = reading(PLATE, hot)
    assert shown.fan_current_a == pytest.approx(9.6)
    between = ThermalState(70.0, 60.0, 10.0, 60.0, (True, True))
    kept = advance(PLATE, between, around(load=0.6, ambient_c=35.0), dt_s=1.0)
    not_started = advance(
        PLATE, between._replace(running=(True, False)), around(load=0.6, ambient_c=35.0), dt_s=1.0
    )
    assert kept.running == (True, True)
    assert not_started.running == (True, False)


def test_a_unit_without_voltage_cools_to_the_air_and_its_fans_stand():
    state = advance(PLATE, settled(load=0.8), around(load=0.0, energised=False), dt_s=10 * DAY_S)
    seen = reading(PLATE, state)
    assert seen.top_oil_c == pytest.approx(10.0, abs=0.5)
    assert (seen.fan_current_a, seen.cooling_on) == (0.0, False)


def test_each_thermal_parameter_is_five_to_ten_percent_off_the_plate_and_seeded():
    names = ("oil_rise_k", "oil_gradient_k", "winding_gradient_k", "hot_spot_factor", "oil_kj_per_k")
    for seed in range(20):
        own = off_plate(PLATE, seed)
        for name in names:
            off = abs(getattr(own, name) / getattr(PLATE, name) - 1.0)
            assert 0.05 <= off <= 0.10, (seed, name)
        assert own == off_plate(PLATE, seed)
    assert off_plate(PLATE, 1) != off_plate(PLATE, 2)


def test_a_unit_without_losses_stays_as_cold_as_it_was():
    ideal = ThermalPlate(rated_a=700.0, copper_loss_kw=0.0, iron_loss_kw=0.0)
    state = advance(ideal, cold(ideal, 10.0), around(1.0), dt_s=DAY_S)
    assert (state.oil_c, state.winding_c) == (10.0, 10.0)
    assert reading(ideal, state).top_oil_c == 10.0

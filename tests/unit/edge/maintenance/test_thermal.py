from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.maintenance.constants import CLASSES, LIMITS, thermal_class
from edge.maintenance.rating import lasting_load_pu
from edge.maintenance.thermal import Temperatures, advance, steady, trajectory, ultimate_rise

loads = st.floats(0.0, 2.0)
ambients = st.floats(-30.0, 45.0)
times = st.floats(0.0, 100_000.0)
names = st.sampled_from(sorted(CLASSES))
states = st.builds(
    Temperatures,
    top_oil_c=st.floats(-20.0, 120.0),
    gradient_1_k=st.floats(0.0, 60.0),
    gradient_2_k=st.floats(0.0, 30.0),
)


@given(names, states, loads, ambients, times)
def test_two_half_steps_are_one_step(name, state, load, ambient, dt_s):
    of = CLASSES[name]
    whole = advance(of, state, load, ambient, dt_s=dt_s)
    half = advance(of, state, load, ambient, dt_s=dt_s / 2.0)
    twice = advance(of, half, load, ambient, dt_s=dt_s / 2.0)
    assert twice.top_oil_c == pytest.approx(whole.top_oil_c, abs=1e-9)
    assert twice.hot_spot_c == pytest.approx(whole.hot_spot_c, abs=1e-9)


@given(names, loads, st.floats(0.0, 0.5), ambients)
def test_the_lasting_hot_spot_grows_with_load(name, load, more, ambient):
    of = CLASSES[name]
    assert steady(of, load + more, ambient).hot_spot_c >= steady(of, load, ambient).hot_spot_c - 1e-9


@given(names, states, loads, ambients, st.floats(0.0, 20.0), times)
def test_the_hot_spot_grows_with_ambient(name, state, load, ambient, warmer, dt_s):
    of = CLASSES[name]
    cold = advance(of, state, load, ambient, dt_s=dt_s).hot_spot_c
    assert advance(of, state, load, ambient + warmer, dt_s=dt_s).hot_spot_c >= cold - 1e-9


@given(names, states, loads, st.floats(0.0, 0.5), ambients, times)
def test_the_top_oil_grows_with_load_at_every_moment(name, state, load, more, ambient, dt_s):
    of = CLASSES[name]
    light = advance(of, state, load, ambient, dt_s=dt_s).top_oil_c
    assert advance(of, state, load + more, ambient, dt_s=dt_s).top_oil_c >= light - 1e-9


@given(names, loads, ambients, times)
def test_a_steady_state_stays(name, load, ambient, dt_s):
    of = CLASSES[name]
    start = steady(of, load, ambient)
    assert advance(of, start, load, ambient, dt_s=dt_s).hot_spot_c == pytest.approx(
        start.hot_spot_c, abs=1e-9
    )


@given(names, st.lists(loads, min_size=3, max_size=3), ambients, times)
def test_arrays_give_what_scalars_give(name, three, ambient, dt_s):
    of = CLASSES[name]
    array = steady(of, np.array(three), np.full(3, ambient))
    moved = advance(of, array, np.full(3, 1.0), np.full(3, ambient), dt_s=dt_s)
    for place, load in enumerate(three):
        alone = advance(of, steady(of, load, ambient), 1.0, ambient, dt_s=dt_s)
        assert moved.hot_spot_c[place] == pytest.approx(alone.hot_spot_c, abs=1e-9)


def test_a_bad_cooler_lifts_the_rise_by_its_factor():
    of = thermal_class("power_onaf")
    run = trajectory(
        of,
        steady(of, np.array([0.8, 0.8]), np.array([10.0, 10.0])),
        np.full((400, 2), 0.8),
        np.full(400, 10.0),
        dt_s=900.0,
        rise_factor=np.array([1.0, 1.4]),
    )
    assert run.top_oil_c[-1] - 10.0 == pytest.approx([ultimate_rise(of, 0.8), 1.4 * ultimate_rise(of, 0.8)])


@pytest.mark.parametrize("rise_factor", [1.0, 1.3, 1.8])
def test_at_the_lasting_load_the_nearest_limit_is_just_met(rise_factor):
    of, limit = thermal_class("power_onaf"), LIMITS["normal_cyclic"]
    load = lasting_load_pu(of, limit, ambient_c=25.0, rise_factor=rise_factor)
    top_oil = 25.0 + rise_factor * ultimate_rise(of, load)
    hot_spot = top_oil + steady(of, load, 25.0).gradient_k
    assert max(hot_spot - limit.hot_spot_c, top_oil - limit.top_oil_c) == pytest.approx(0.0, abs=1e-4)


def test_every_row_of_constants_says_where_it_comes_from():
    assert {row.source for row in CLASSES.values()} == {"read", "memory"}
    assert all(limit.source == "read" for limit in LIMITS.values())


def test_an_unknown_class_is_named_with_those_there_are():
    with pytest.raises(KeyError, match="power_onaf"):
        thermal_class("power_off")

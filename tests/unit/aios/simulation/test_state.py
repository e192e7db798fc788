"""What a state shows: values with unit, quality and age, and the truth under its own name."""

import pytest

from aios import Simulation
from aios.simulation import Seen

QUICK = {"start": "17:00", "history_days": 0, "loops": [], "fault": [], "request": []}


@pytest.fixture(scope="module")
def sim():
    with Simulation("nord", seed=1, **QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def state(sim):
    return sim.step()


def test_a_reading_has_unit_quality_and_age(state):
    seen = state["grid/active_power"]
    assert (seen.unit, seen.good, seen.words, seen.age_s) == ("kW", True, "good", 0.0)
    assert seen.usable == seen.value
    assert str(seen) == f"{seen.value:.6g} kW, good, 0 s old"


def test_a_reading_is_no_number(state):
    with pytest.raises(TypeError):
        _ = state["grid/active_power"] + 1.0


def test_what_was_never_read_has_no_value_to_use(state):
    seen = state["t1/hot_spot_temperature"]
    assert seen.usable is None
    assert str(seen) == "no value, invalid (old)"


def test_a_value_that_is_not_good_is_not_usable():
    assert Seen(point="p", value=7.0, unit="kW", quality=1, age_s=3.0, at_ns=5).usable is None


def test_a_point_that_is_not_there_is_answered_with_similar_names(state):
    with pytest.raises(KeyError, match="bat1/active_power"):
        _ = state["bat1/activ_power"]


def test_a_state_is_a_mapping_of_all_points(sim, state):
    assert list(state) == [point.name for point in sim.site.points]
    assert len(state) == len(sim.site.points)
    assert "grid/active_power" in state


def test_the_truth_is_apart_and_close_to_what_a_sound_meter_says(state):
    truth = state.truth
    assert truth.converged
    assert state["grid/active_power"].value == pytest.approx(truth.import_kw, rel=0.01)
    assert truth.import_kw == pytest.approx(
        sum(truth.load_kw.values()) + truth.loss_kw - sum(truth.plant_kw.values()), rel=1e-9
    )
    assert 0.9 < truth.voltage_pu["bus_a"] < 1.1 if "bus_a" in truth.voltage_pu else truth.voltage_pu
    assert 0.0 < truth.loading_pu["t1"] < 1.0
    assert truth.hot_spot_c["t1"] > truth.ambient_c


def test_time_is_that_of_the_site(state):
    assert state.time.isoformat() == "2016-12-14T17:01:00+01:00"
    assert repr(state).startswith("<nord at 2016-12-14 17:01:00: ")

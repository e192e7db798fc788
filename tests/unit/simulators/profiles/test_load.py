import tomllib
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from importlib.resources import files

import numpy as np
import pytest

from simulators.profiles import load_profiles

QUARTER_NS = 900_000_000_000


@pytest.fixture
def profiles():
    return load_profiles()


def test_there_are_four_feeders_and_a_plant_over_a_leap_year(profiles):
    assert profiles.names == ("feeder_1", "feeder_2", "feeder_3", "feeder_4", "pv")
    assert profiles.values.shape == (5, 366 * 96)
    assert profiles.step_s == 900


def test_the_year_starts_at_midnight_in_central_europe(profiles):
    start = datetime(2015, 12, 31, 23, tzinfo=UTC)
    assert profiles.start_ns == int(start.timestamp()) * 1_000_000_000


def test_values_are_per_unit_and_a_feeder_reaches_its_peak_once(profiles):
    assert np.isfinite(profiles.values).all()
    assert profiles.values.min() >= 0.0
    assert profiles.values[:4].max(axis=1) == pytest.approx(1.0)
    assert 0.5 < profiles.values[4].max() < 1.0


def test_a_feeder_looks_like_one(profiles):
    kilowatt = profiles.values[:4] * profiles.rated_kw[:4, None]
    assert ((kilowatt.max(axis=1) >= 5000.0) & (kilowatt.max(axis=1) <= 8000.0)).all()
    load_factor = profiles.values[:4].mean(axis=1)
    assert ((load_factor > 0.4) & (load_factor < 0.65)).all()
    by_hour = profiles.values[:4].reshape(4, 366, 24, 4).mean(axis=(1, 3))
    assert (by_hour[:, 3] < 0.7 * by_hour[:, 11]).all()


def test_the_sun_does_not_shine_at_midnight(profiles):
    assert profiles.values[4].reshape(366, 96)[:, 0].max() == 0.0


def test_at_a_step_the_stored_value_is_given(profiles):
    now = profiles.start_ns + 1000 * QUARTER_NS
    assert profiles.at("feeder_2", now) == profiles.values[1, 1000]


def test_between_steps_the_value_is_interpolated(profiles):
    now = profiles.start_ns + 1000 * QUARTER_NS + QUARTER_NS // 4
    wanted = 0.75 * profiles.values[:, 1000] + 0.25 * profiles.values[:, 1001]
    np.testing.assert_allclose(profiles.all_at(now), wanted, rtol=1e-12)


@pytest.mark.parametrize("years", [-1, 1, 3])
def test_the_year_begins_again_at_its_end(profiles, years):
    now = profiles.start_ns + 5 * QUARTER_NS
    shifted = now + years * 366 * 96 * QUARTER_NS
    assert profiles.all_at(shifted).tolist() == profiles.all_at(now).tolist()


def test_the_last_step_leads_over_to_the_first(profiles):
    now = profiles.start_ns + 366 * 96 * QUARTER_NS - QUARTER_NS // 2
    wanted = (profiles.values[:, -1] + profiles.values[:, 0]) / 2
    np.testing.assert_allclose(profiles.all_at(now), wanted)


def test_an_unknown_name_is_refused_with_the_known_ones(profiles):
    with pytest.raises(KeyError, match="feeder_4"):
        profiles.at("feeder_9", 0)


def test_nobody_can_change_the_year(profiles):
    with pytest.raises(ValueError, match="read-only"):
        profiles.values[0, 0] = 1.0
    with pytest.raises(FrozenInstanceError):
        profiles.step_s = 1


def test_the_recipe_tells_of_every_profile(profiles):
    recipe = tomllib.loads(files("simulators.profiles").joinpath("recipe.toml").read_text("utf-8"))
    assert tuple(entry["name"] for entry in recipe["profile"]) == profiles.names
    assert [entry["rated_kw"] for entry in recipe["profile"]] == profiles.rated_kw.tolist()
    assert recipe["source"]["steps"] == profiles.values.shape[1]


def test_the_extract_is_small():
    assert len(files("simulators.profiles").joinpath("profiles.npz").read_bytes()) < 400_000

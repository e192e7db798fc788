import numpy as np
import pytest

from edge.forecasting.baseline import DEPTH
from edge.forecasting.experts import (
    EXPERTS,
    FEATURES,
    HOUR_FEATURES,
    foretell,
    start_experts,
    study,
)
from edge.forecasting.horizon import DAY, WEEK
from edge.forecasting.profile import start_profiles
from edge.forecasting.residuals import start_residuals

STEP = 5 * WEEK + 37
CLASSES = np.array([4, 5, 6], dtype=np.int64)


@pytest.fixture
def world():
    rng = np.random.default_rng(11)  # of its own: no test hangs on those that ran before it
    experts, profiles, residuals = start_experts(1), start_profiles(1), start_residuals(1)
    for array in (profiles.slow, profiles.fast, residuals.profile, experts.levels, experts.coefficients):
        array[:] = rng.normal(size=array.shape)
    experts.hour_coefficients[:] = rng.normal(size=experts.hour_coefficients.shape)
    history = rng.normal(size=(1, DEPTH))
    return experts, profiles, residuals, history


def test_features_agree_with_numpy(world):
    experts, profiles, residuals, history = world
    foretell(experts, profiles, residuals, history, STEP, CLASSES)
    slot, slow = STEP % DAY, profiles.slow[0, :, STEP % DAY]
    lag = {n: history[0, (STEP + DAY - n) % DEPTH] for n in (DAY, 2 * DAY, WEEK, 2 * WEEK)}
    angle = 2 * np.pi * slot / DAY * np.arange(1, 4)
    wanted = np.concatenate(
        [
            [1.0, slow[6] - experts.levels[0, 1], lag[DAY] - slow[5], lag[2 * DAY] - slow[4]],
            [lag[WEEK] - slow[6], experts.levels[0, 0] - experts.levels[0, 1]],
            [residuals.profile[0, 3], residuals.profile[0, 2], lag[2 * WEEK] - slow[6]],
            np.stack([np.sin(angle), np.cos(angle)], axis=1).ravel(),
            [0.0, 1.0],
        ]
    )
    np.testing.assert_allclose(experts.features[0, slot], wanted, rtol=1e-12)


def test_opinions_agree_with_numpy(world):
    experts, profiles, residuals, history = world
    foretell(experts, profiles, residuals, history, STEP, CLASSES)
    slot = STEP % DAY
    row, typical = experts.features[0, slot], profiles.slow[0, 6, slot]
    wanted = {
        "naive_day": history[0, STEP % DEPTH],
        "naive_week": history[0, (STEP + DAY - WEEK) % DEPTH],
        "slow_profile": typical,
        "fast_profile": profiles.fast[0, 6, slot],
        "hour_regression": typical + experts.hour_coefficients[0, slot // 4] @ row[:HOUR_FEATURES],
        "calendar_regression": typical + experts.coefficients[0] @ row,
    }
    assert tuple(wanted) == EXPERTS
    np.testing.assert_allclose(experts.opinions[0, slot], list(wanted.values()), rtol=1e-10)


def test_studying_brings_both_regressions_nearer_to_what_came(world):
    experts, profiles, residuals, history = world
    foretell(experts, profiles, residuals, history, STEP, CLASSES)
    slot, row = STEP % DAY, experts.features[0, STEP % DAY]
    value = experts.opinions[0, slot, 2] + 0.3
    study(experts, slot, np.array([value]), np.array([True]))
    few = row[:HOUR_FEATURES]
    assert experts.hour_coefficients[0, slot // 4] @ few == pytest.approx(0.3, abs=0.05)
    assert experts.coefficients[0] @ row == pytest.approx(0.3, abs=0.05)


def test_levels_are_the_means_of_a_day_and_of_a_week(world):
    experts, *_ = world
    before = experts.levels.copy()
    study(experts, 3, np.array([9.0]), np.array([True]))
    np.testing.assert_allclose(experts.levels, before + (9.0 - before) / [DAY, WEEK], rtol=1e-12)


def test_a_hole_teaches_no_regression(world):
    experts, *_ = world
    before = experts.coefficients.copy()
    study(experts, 3, np.array([9.0]), np.array([False]))
    assert (experts.coefficients == before).all()
    assert (experts.covariance[0] == 10.0 * np.eye(FEATURES)).all()

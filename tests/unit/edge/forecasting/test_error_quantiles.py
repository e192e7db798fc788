import numpy as np
import pytest

from edge.forecasting.error_quantiles import RATE, SCALE_SHARE, TYPICAL_ERROR, start_quantiles, track
from edge.forecasting.horizon import DAY, KNOTS

ON = np.array([True])
KNOT_COUNT = KNOTS.size


def test_track_agrees_with_numpy():
    state, left = start_quantiles(1), np.linspace(-0.5, 0.5, KNOT_COUNT)[None, :]
    below = left[0][:, None] / 0.1 < TYPICAL_ERROR
    wanted = TYPICAL_ERROR + RATE * (np.array([0.1, 0.9]) - below)
    track(state, 4, np.array([0.3]), left, ON)
    np.testing.assert_allclose(state.levels[0], wanted, rtol=1e-12)
    assert state.scale[0, 4] == pytest.approx(0.1 + SCALE_SHARE * 0.2)


def test_the_share_of_errors_outside_comes_to_the_level_whatever_their_distribution():
    state, rng = start_quantiles(1), np.random.default_rng(1)
    inside = []
    for _ in range(6000):
        error = rng.exponential() * 0.1 - 0.05
        low, high = state.levels[0, 0]
        inside.append(low <= error / state.scale[0, 0] <= high)
        track(state, 0, np.array([error]), np.full((1, KNOT_COUNT), error), ON)
    assert 0.77 < np.mean(inside[2000:]) < 0.83


def test_a_time_of_day_without_errors_says_nothing_about_quantiles():
    state = start_quantiles(1)
    state.scale[0, 10] = 1e-6
    track(state, 10, np.array([0.0]), np.zeros((1, KNOT_COUNT)), ON)
    assert (state.levels[0] == TYPICAL_ERROR).all()


def test_a_hole_moves_nothing():
    state = start_quantiles(1)
    track(state, 10, np.array([9.0]), np.ones((1, KNOT_COUNT)), np.array([False]))
    assert (state.levels[0] == TYPICAL_ERROR).all()
    assert (state.scale == np.full((1, DAY), 0.1)).all()

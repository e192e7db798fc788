import numpy as np

from edge.forecasting.correction import CONSTANT, FEATURES, prepare, settle, start_correction
from edge.forecasting.horizon import DAY, KNOTS
from edge.forecasting.residuals import start_residuals

RNG = np.random.default_rng(5)
ON, OFF = np.array([True]), np.array([False])


def test_settle_agrees_with_numpy():
    state = start_correction(1)
    for array in (state.coefficients, state.features, state.gains):
        array[:] = RNG.normal(size=array.shape)
    step = 1000
    origins = (step - KNOTS) % DAY
    wanted_left = 0.7 - np.einsum("kf,kf->k", state.coefficients[0], state.features[0, origins])
    wanted = state.coefficients[0] + state.gains[0, origins] * wanted_left[:, None]
    left = settle(state, step, np.array([0.7]), ON)
    np.testing.assert_allclose(left[0], wanted_left, rtol=1e-10)
    np.testing.assert_allclose(state.coefficients[0], wanted, rtol=1e-10)


def test_prepare_keeps_the_features_of_the_step():
    state, residuals = start_correction(1), start_residuals(1)
    residuals.mixture[:] = [[1.0, 2.0, 3.0, 4.0]]
    residuals.profile[:] = [[5.0, 6.0, 7.0, 8.0]]
    residuals.slope[:] = 9.0
    prepare(state, residuals, 1000, ON)
    assert state.features[0, 1000 % DAY].tolist() == [CONSTANT, *map(float, range(1, 10))]
    assert state.gains[0, 1000 % DAY].any()


def test_a_step_that_may_not_teach_leaves_no_gain():
    state, residuals = start_correction(1), start_residuals(1)
    residuals.mixture[:] = 1.0
    state.gains[:] = 1.0
    prepare(state, residuals, 7, OFF)
    assert (state.gains[0, 7] == 0.0).all()
    assert (state.covariance[0] == 10.0 * np.eye(FEATURES)).all()


def test_a_surprise_that_always_lasts_comes_to_be_carried_forward():
    state, residuals = start_correction(1), start_residuals(1)
    for step in range(20 * DAY):
        lasting = np.array([0.2 if step // DAY % 2 else -0.2])
        settle(state, step, lasting, ON)
        residuals.mixture[:] = lasting
        prepare(state, residuals, step, ON)
    one_step = state.coefficients[0, 0] @ state.features[0, (20 * DAY - 1) % DAY]
    assert 0.15 < one_step < 0.25

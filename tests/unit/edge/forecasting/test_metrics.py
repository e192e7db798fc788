import numpy as np
import pytest

from edge.forecasting.metrics import coverage, mase, naive_scale, pinball


def test_the_naive_forecast_of_the_sample_has_mase_one():
    values = np.random.default_rng(4).normal(size=500)
    assert mase(values[96:], values[:-96], naive_scale(values)) == pytest.approx(1.0)


def test_pinball_is_least_at_the_true_quantiles():
    draws = np.random.default_rng(4).normal(size=20_000)
    true = np.broadcast_to([-1.2816, 0.0, 1.2816], (draws.size, 3))
    best = pinball(draws, true, 1.0)
    assert best < pinball(draws, true * 0.7, 1.0)
    assert best < pinball(draws, true * 1.4, 1.0)
    assert coverage(draws, true) == pytest.approx(0.8, abs=0.01)


def test_pinball_charges_the_side_that_the_level_forbids():
    low = np.array([[1.0, 0.0, 0.0]])
    assert pinball(np.array([0.0]), low, 1.0) == pytest.approx(0.9 / 3)

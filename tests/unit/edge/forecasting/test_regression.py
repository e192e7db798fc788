import numpy as np
import pytest

from edge.forecasting.regression import LARGEST_TRACE, PRIOR, dot, gain, learn

RNG = np.random.default_rng(7)


def test_gain_agrees_with_the_textbook():
    root = RNG.normal(size=(4, 4))
    covariance, x = root @ root.T + np.eye(4), RNG.normal(size=4)
    wanted_gain = covariance @ x / (0.99 + x @ covariance @ x)
    wanted = (covariance - np.outer(wanted_gain, x @ covariance)) / 0.99
    out = np.zeros(4)
    gain(covariance, x, 0.99, out)
    np.testing.assert_allclose(out, wanted_gain, rtol=1e-12)
    np.testing.assert_allclose(covariance, wanted, rtol=1e-10)


def test_learning_without_forgetting_is_ridge_regression():
    features, truth = RNG.normal(size=(50, 3)), np.array([1.0, -2.0, 0.5])
    targets = features @ truth + 0.1 * RNG.normal(size=50)
    coefficients, covariance = np.zeros(3), PRIOR * np.eye(3)
    for row, target in zip(features, targets, strict=True):
        learn(coefficients, covariance, row.copy(), target, 1.0)
    ridge = np.linalg.solve(features.T @ features + np.eye(3) / PRIOR, features.T @ targets)
    np.testing.assert_allclose(coefficients, ridge, rtol=1e-8)


def test_a_covariance_that_rounding_has_spoilt_begins_again():
    covariance, out = -np.eye(2), np.ones(2)
    gain(covariance, np.ones(2), 0.99, out)
    assert out.tolist() == [0.0, 0.0]
    assert covariance.tolist() == (PRIOR * np.eye(2)).tolist()


def test_a_covariance_without_news_does_not_wind_up():
    covariance, out = PRIOR * np.eye(2), np.zeros(2)
    for _ in range(3000):
        gain(covariance, np.array([1.0, 0.0]), 0.99, out)
    assert np.trace(covariance) <= LARGEST_TRACE * (1 + 1e-12)


def test_dot_agrees_with_numpy():
    left, right = RNG.normal(size=9), RNG.normal(size=9)
    assert dot(left, right) == pytest.approx(left @ right, rel=1e-13)

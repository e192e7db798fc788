import numpy as np
import pytest

from edge.forecasting.residuals import SPANS, follow, start_residuals


def test_residuals_are_averaged_over_each_span():
    residuals = start_residuals(1)
    rows = np.array([0.3, -0.1, 0.7])
    mean = np.zeros(SPANS.size)
    for row in rows:
        follow(residuals, np.array([row]), np.array([2 * row]), np.array([True]))
        mean += (row - mean) / SPANS
    np.testing.assert_allclose(residuals.mixture[0], mean)
    np.testing.assert_allclose(residuals.profile[0], 2 * mean)


def test_the_slope_is_the_change_since_the_step_before():
    residuals = start_residuals(1)
    for value in (0.3, 0.5):
        follow(residuals, np.array([value]), np.array([value]), np.array([True]))
    assert residuals.slope[0] == pytest.approx(0.2)


def test_a_hole_never_enters_and_takes_the_mixture_for_right():
    residuals = start_residuals(1)
    follow(residuals, np.array([1.0]), np.array([1.0]), np.array([True]))
    before = residuals.mixture.copy()
    follow(residuals, np.array([np.nan]), np.array([np.nan]), np.array([False]))
    np.testing.assert_allclose(residuals.mixture, before * (1 - 1 / SPANS))


def test_a_hole_leaves_the_profile_as_far_off_as_it_was_over_the_day():
    residuals = start_residuals(1)
    residuals.profile[:] = [[5.0, 4.0, 3.0, 2.0]]
    follow(residuals, np.array([np.nan]), np.array([np.nan]), np.array([False]))
    assert residuals.profile[0, 0] == 2.0
    assert residuals.profile[0, 3] == 2.0

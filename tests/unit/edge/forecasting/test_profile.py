import numpy as np
import pytest

from edge.forecasting.profile import FAST, SLOW, blend, start_profiles

ON = np.array([True])


def test_the_first_days_are_averaged_fully():
    profiles = start_profiles(1)
    for value in (1.0, 2.0, 6.0):
        blend(profiles, 3, 0, np.array([value]), ON)
    assert profiles.slow[0, 0, 3] == pytest.approx(3.0)
    assert profiles.days[0, 0, 3] == 3.0


def test_later_days_are_smoothed_at_two_speeds():
    profiles = start_profiles(1)
    for _ in range(40):
        blend(profiles, 3, 0, np.array([1.0]), ON)
    blend(profiles, 3, 0, np.array([2.0]), ON)
    assert profiles.slow[0, 0, 3] == pytest.approx(1.0 + SLOW)
    assert profiles.fast[0, 0, 3] == pytest.approx(1.0 + FAST)


def test_a_class_without_a_day_borrows_the_newest_value_of_any():
    profiles = start_profiles(1)
    blend(profiles, 3, 0, np.array([1.0]), ON)
    blend(profiles, 3, 1, np.array([5.0]), ON)
    assert profiles.slow[0, :, 3].tolist() == [1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]


def test_the_surprise_is_measured_before_learning():
    profiles = start_profiles(1)
    blend(profiles, 3, 0, np.array([1.0]), ON)
    assert blend(profiles, 3, 0, np.array([4.0]), ON).tolist() == [3.0]


def test_a_series_that_must_not_learn_keeps_its_profile():
    profiles = start_profiles(2)
    blend(profiles, 3, 0, np.array([1.0, 1.0]), np.array([True, False]))
    assert profiles.slow[:, 0, 3].tolist() == [1.0, 0.0]
    assert profiles.days[:, 0, 3].tolist() == [1.0, 0.0]

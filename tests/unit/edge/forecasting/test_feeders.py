import numpy as np
import pytest

from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, WEEK
from simulators.profiles import load_profiles

WARM_UP, UNTIL = 28 * DAY, 42 * DAY


@pytest.fixture(scope="module")
def errors():
    """Mean absolute errors of (naive day, naive week, ours) and coverage, feeders 2 and 3."""
    profiles = load_profiles()
    values, flags = profiles.values[1:3], np.array([True, True])
    forecaster, rows, inside = Forecaster.start(2), [], []
    for i in range(UNTIL):
        forecaster.learn(values[:, i], flags, profiles.start_ns + i * 900_000_000_000)
        if i >= WARM_UP and i % (DAY + 4) == 0:
            actual, made = values[:, i + 1 : i + 1 + DAY], forecaster.forecast()
            guesses = (forecaster.naive(DAY), forecaster.naive(WEEK), made[..., 1])
            rows.append([np.abs(guess - actual).mean() for guess in guesses])
            inside.append(((made[..., 0] <= actual) & (actual <= made[..., 2])).mean())
    return np.mean(rows, axis=0), float(np.mean(inside))


def test_after_a_month_measured_feeders_are_forecast_better_than_naively(errors):
    (day, week, ours), _ = errors
    assert ours < 0.85 * min(day, week)


def test_the_interval_holds_about_four_of_five_values(errors):
    assert 0.7 < errors[1] < 0.9

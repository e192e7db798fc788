import numpy as np
import pytest

from edge.forecasting.baseline import DEPTH, record, seasonal_naive, start_history
from edge.forecasting.horizon import DAY, WEEK


def test_a_hole_takes_its_stand_in():
    history = start_history(2)
    written = record(history, 5, np.array([1.0, 2.0]), np.array([True, False]), np.array([7.0, 8.0]))
    assert written.tolist() == [1.0, 8.0]
    assert history[:, 5].tolist() == [1.0, 8.0]


@pytest.mark.parametrize("period", [DAY, WEEK], ids=["day", "week"])
def test_seasonal_naive_repeats_the_value_one_period_before_each_target(period):
    newest = 3 * WEEK + 17
    history = start_history(1)
    for step in range(newest + 1):
        history[0, step % DEPTH] = step
    leads = np.array([1, 40, DAY], dtype=np.int64)
    assert seasonal_naive(history, newest, leads, period).tolist() == [(newest + leads - period).tolist()]

import numpy as np
import pytest

from edge.forecasting.calendar import Calendar
from edge.forecasting.experts import EXPERTS
from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS, WEEK
from tests.unit.edge.forecasting.made_up import daily, taught

ON = np.array([True])


def test_a_regular_day_is_learnt_within_three_weeks():
    truth = daily(22)
    made = taught(truth[:, : 21 * DAY]).forecast()
    assert np.abs(made[0, :, 1] - truth[0, 21 * DAY :]).mean() < 0.01


def test_a_forecast_is_ordered_and_has_a_row_for_each_quarter_hour():
    made = taught(daily(3, series=2, wobble=0.2)).forecast()
    assert made.shape == (2, DAY, 3)
    assert (np.diff(made, axis=2) >= 0.0).all()


def test_before_the_first_value_a_forecast_is_finite():
    assert np.isfinite(Forecaster.start(2).forecast()).all()


def test_after_one_value_the_forecast_starts_from_it():
    forecaster = Forecaster.start(1)
    forecaster.learn(np.array([0.7]), ON, 0)
    assert forecaster.forecast()[0, :, 1] == pytest.approx(0.7)


def test_the_unit_of_a_series_changes_nothing_but_the_unit():
    truth = daily(9, wobble=0.2)
    large = Forecaster.start(1, rated=np.array([4096.0]))
    for i in range(truth.shape[1]):
        large.learn(truth[:, i] * 4096.0, ON, i * STEP_NS)
    np.testing.assert_array_equal(large.forecast(), taught(truth).forecast() * 4096.0)


def test_one_series_does_not_touch_another():
    pair = daily(8, series=2, wobble=0.3)
    np.testing.assert_array_equal(taught(pair).forecast()[1], taught(pair[1:]).forecast()[0])


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e308, -1e308], ids=str)
def test_garbage_is_a_hole_even_when_it_is_called_valid(garbage):
    truth = daily(3, wobble=0.2)
    called_valid, flags = truth.copy(), np.ones(truth.shape, dtype=bool)
    called_valid[0, 200:230] = garbage
    flags[0, 200:230] = False
    np.testing.assert_array_equal(taught(called_valid).forecast(), taught(truth, flags).forecast())


def test_a_hole_of_a_day_leaves_a_good_forecast():
    truth, flags = daily(22), np.ones((1, 22 * DAY), dtype=bool)
    flags[0, 19 * DAY : 20 * DAY] = False
    made = taught(truth[:, : 21 * DAY], flags).forecast()
    assert np.abs(made[0, :, 1] - truth[0, 21 * DAY :]).mean() < 0.02


def test_quarter_hours_left_out_are_holes():
    truth, flags = daily(3, wobble=0.2), np.ones((1, 3 * DAY), dtype=bool)
    flags[0, 150:170] = False
    skipping = Forecaster.start(1)
    for i in np.flatnonzero(flags[0]):
        skipping.learn(truth[:, i], ON, int(i) * STEP_NS)
    np.testing.assert_array_equal(skipping.forecast(), taught(truth, flags).forecast())


def test_each_series_counts_what_it_has_seen():
    flags = np.ones((2, DAY), dtype=bool)
    flags[1, 10:30] = False
    assert taught(daily(1, series=2), flags).seen.tolist() == [DAY, DAY - 20]


def test_a_silence_of_a_year_is_survived():
    forecaster = taught(daily(2))
    forecaster.learn(np.array([0.5]), ON, 365 * DAY * STEP_NS)
    assert np.isfinite(forecaster.forecast()).all()


def test_the_same_quarter_hour_is_learnt_once():
    forecaster = taught(daily(2))
    before = forecaster.snapshot()
    assert forecaster.learn(np.array([99.0]), ON, (2 * DAY - 1) * STEP_NS) is False
    after = forecaster.snapshot()
    assert all((before[name] == after[name]).all() for name in before)


def test_the_hour_that_comes_twice_in_autumn_is_learnt_once():
    change = 100 * STEP_NS
    calendar = Calendar(changes_ns=np.array([change]), offset_s=(3600, 0))
    forecaster = Forecaster.start(1, calendar=calendar)
    learnt = [forecaster.learn(np.array([0.5]), ON, i * STEP_NS) for i in range(96, 106)]
    assert learnt == [True] * 4 + [False] * 4 + [True] * 2


def test_after_the_hour_that_comes_twice_each_lead_is_one_step_again():
    calendar = Calendar(changes_ns=np.array([100 * STEP_NS]), offset_s=(3600, 0))
    forecaster = Forecaster.start(1, calendar=calendar)
    for i in range(104):
        forecaster.learn(np.array([float(i)]), ON, i * STEP_NS)
    assert forecaster.naive(DAY)[0, :6].tolist() == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]


def test_a_long_silence_is_stepped_through_for_two_weeks_at_most(monkeypatch):
    steps = []
    monkeypatch.setattr(Forecaster, "_advance", lambda self, step, values, known: steps.append(step))
    forecaster = Forecaster.start(1)
    for at_ns in (0, 30 * DAY * STEP_NS):
        forecaster.learn(np.array([0.5]), ON, at_ns)
    assert steps == [0, *range(16 * DAY, 30 * DAY + 1)]


def test_the_features_of_tomorrow_know_the_class_of_yesterday():
    arrays = taught(daily(19, wobble=0.2)).snapshot()  # the nineteenth day is a Monday, yesterday a Sunday
    newest = 19 * DAY - 1
    slow = arrays["profiles.slow"][0, :, newest % DAY]
    yesterday = arrays["history"][0, (newest - DAY) % (2 * WEEK)]
    assert arrays["experts.features"][0, newest % DAY, 3] == pytest.approx(yesterday - slow[6])


def test_a_restored_forecaster_goes_on_as_if_it_had_never_stopped():
    truth = daily(9, series=2, wobble=0.2)
    first = taught(truth[:, : 8 * DAY])
    second = Forecaster.start(2)
    second.restore(first.snapshot())
    flags = np.array([True, True])
    for i in range(8 * DAY, 9 * DAY):
        for forecaster in (first, second):
            forecaster.learn(truth[:, i], flags, i * STEP_NS)
    np.testing.assert_array_equal(first.forecast(), second.forecast())


def test_a_snapshot_of_another_size_is_refused_and_changes_nothing():
    forecaster = taught(daily(1))
    before = forecaster.forecast()
    with pytest.raises(ValueError, match="history is float64"):
        forecaster.restore(Forecaster.start(2).snapshot())
    np.testing.assert_array_equal(forecaster.forecast(), before)


def test_weights_name_every_expert_and_sum_to_one_in_each_block():
    weights = taught(daily(9, series=2, wobble=0.2)).weights()
    assert tuple(weights) == EXPERTS
    np.testing.assert_allclose(sum(weights.values()), np.ones((2, 6)))


def test_warming_up_teaches_nothing():
    forecaster = taught(daily(1))
    before = forecaster.forecast()
    forecaster.warm_up()
    np.testing.assert_array_equal(forecaster.forecast(), before)
    assert forecaster.seen.tolist() == [DAY]


def test_the_naive_forecasts_repeat_yesterday_and_last_week():
    truth = daily(15, wobble=0.2)
    forecaster = taught(truth)
    np.testing.assert_array_equal(forecaster.naive(DAY)[0], truth[0, -DAY:])
    np.testing.assert_array_equal(forecaster.naive(WEEK)[0], truth[0, -WEEK:][:DAY])


@pytest.mark.parametrize("rated", [[1.0], [1.0, 0.0], [1.0, -2.0], [1.0, np.nan]], ids=str)
def test_a_rating_that_is_no_size_is_refused(rated):
    with pytest.raises(ValueError, match="rated must be 2 positive numbers"):
        Forecaster.start(2, rated=np.array(rated))


def test_a_value_too_few_is_refused():
    with pytest.raises(ValueError, match="2 series need as many values"):
        Forecaster.start(2).learn(np.array([1.0]), ON, 0)

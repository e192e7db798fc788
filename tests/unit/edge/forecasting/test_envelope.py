import numpy as np

from edge.forecasting.baseline import DEPTH
from edge.forecasting.envelope import MARGIN, REACH, envelope
from edge.forecasting.horizon import DAY

UNSIGNED = np.zeros(2, dtype=np.bool_)


def test_envelope_agrees_with_numpy():
    history = np.random.default_rng(2).normal(size=(2, DEPTH))
    days = history.reshape(2, -1, DAY)
    near = np.stack([np.roll(days, shift, axis=2) for shift in range(-REACH, REACH + 1)])
    low, high = near.min(axis=(0, 2)), near.max(axis=(0, 2))
    limits = envelope(history, UNSIGNED[: len(history)])
    np.testing.assert_allclose(limits[..., 0], low - MARGIN * (high - low))
    np.testing.assert_allclose(limits[..., 1], high + MARGIN * (high - low))


def test_night_holds_no_sunshine():
    history = np.zeros((1, DEPTH))
    history.reshape(-1, DAY)[:, 30:60] = 0.5
    assert envelope(history, UNSIGNED[: len(history)])[0, 5].tolist() == [0.0, 0.0]


def test_what_was_never_negative_is_not_forecast_so():
    history = np.abs(np.random.default_rng(2).normal(size=(1, DEPTH)))
    assert (envelope(history, UNSIGNED[: len(history)])[..., 0] >= 0.0).all()


def test_a_temperature_may_fall_below_zero_after_two_mild_weeks():
    history = np.abs(np.random.default_rng(2).normal(size=(2, DEPTH)))
    limits = envelope(history, np.array([False, True]))
    assert (limits[0, :, 0] >= 0.0).all()
    assert (limits[1, :, 0] < 0.0).any()

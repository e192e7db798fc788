"""The previous model sees everything and learns nothing."""

from __future__ import annotations

import numpy as np
import pytest

from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS, WEEK
from edge.forecasting.previous import PreviousModel, learnt


def load(step: int) -> np.ndarray:
    return np.array([1000.0 + 300.0 * np.sin(2 * np.pi * step / DAY)])


def teach(forecaster: Forecaster, first: int, last: int, more: float = 0.0) -> None:
    for step in range(first, last):
        forecaster.learn(load(step) + more, np.ones(1, dtype=bool), step * STEP_NS)


def twins(weeks: int = 2) -> tuple[Forecaster, PreviousModel, int]:
    end = weeks * WEEK
    model, twin = (Forecaster.start(1, rated=np.array([2000.0])) for _ in range(2))
    teach(model, 0, end)
    teach(twin, 0, end)
    return model, PreviousModel(twin, end * STEP_NS), end


def go_on(
    model: Forecaster, previous: PreviousModel, first: int, last: int, more: float, *, renew: bool
) -> None:
    for step in range(first, last):
        values, valid = load(step) + more, np.ones(1, dtype=bool)
        model.learn(values, valid, step * STEP_NS)
        previous.see(model, values, valid, step * STEP_NS, renew=renew)


def test_it_keeps_what_was_learnt_before_and_sees_what_is_now() -> None:
    model, previous, end = twins()
    kept = learnt(previous._twin)
    go_on(model, previous, end, end + 40, 700.0, renew=True)
    for name, array in learnt(previous._twin).items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)
    assert not np.array_equal(learnt(model)["profiles.slow"], kept["profiles.slow"])
    np.testing.assert_allclose(
        previous._twin.snapshot()["history"], model.snapshot()["history"], err_msg="it sees the same past"
    )


def test_what_is_learnt_and_what_is_seen_are_told_apart_for_every_array() -> None:
    model, _, _ = twins(1)
    seen = set(model.snapshot()) - set(learnt(model))
    assert seen == {
        "history", "residuals.mixture", "residuals.profile", "residuals.slope", "experts.features",
        "experts.opinions", "experts.levels", "correction.features", "correction.gains", "seen", "newest",
    }  # fmt: skip


def test_its_learning_is_renewed_a_day_late() -> None:
    model, previous, end = twins()
    go_on(model, previous, end, end + DAY, 0.0, renew=True)
    at_midnight = learnt(model)
    go_on(model, previous, end + DAY, end + 2 * DAY, 0.0, renew=True)
    np.testing.assert_array_equal(previous._kept["profiles.slow"], at_midnight["profiles.slow"])


def test_while_the_newest_learning_is_under_suspicion_it_is_not_taken_over() -> None:
    model, previous, end = twins()
    kept = previous._kept["profiles.slow"].copy()
    go_on(model, previous, end, end + 3 * DAY, 700.0, renew=False)
    np.testing.assert_array_equal(previous._kept["profiles.slow"], kept)


def test_where_nothing_changes_it_forecasts_as_the_model_does() -> None:
    model, previous, end = twins(4)
    go_on(model, previous, end, end + 8, 0.0, renew=True)
    assert previous.forecast() == pytest.approx(model.forecast(), rel=0.1)

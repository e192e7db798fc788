import numpy as np
import pytest

from edge.forecasting.aggregation import start_trust, trusted
from edge.forecasting.correction import start_correction
from edge.forecasting.error_quantiles import start_quantiles
from edge.forecasting.experts import start_experts
from edge.forecasting.horizon import DAY, KNOTS
from edge.forecasting.projection import between_knots, order, project

RNG = np.random.default_rng(9)
WIDE = np.broadcast_to(np.array([-1e9, 1e9]), (1, DAY, 2)).copy()
LEADS = np.arange(1, DAY + 1)


@pytest.fixture
def parts():
    trust, experts, correction, intervals = (
        start_trust(1),
        start_experts(1),
        start_correction(1),
        start_quantiles(1),
    )
    for array in (trust.regret, experts.opinions, correction.coefficients, correction.features):
        array[:] = RNG.normal(size=array.shape)
    intervals.scale[:] = RNG.uniform(0.1, 1.0, size=intervals.scale.shape)
    return trust, experts, correction, intervals


def test_a_knot_stands_for_itself():
    assert [between_knots(int(lead)) for lead in KNOTS] == [(k, 0.0) for k in range(KNOTS.size)]


def test_a_lead_between_knots_is_shared_by_distance():
    assert between_knots(18) == (8, 0.5)
    assert between_knots(95) == (18, 0.125)


def test_quantiles_are_ordered_and_kept_within_limits():
    row = np.array([5.0, 1.0, -3.0])
    order(row, np.array([-1.0, 4.0]))
    assert row.tolist() == [-1.0, 1.0, 4.0]


def test_project_agrees_with_numpy(parts):
    trust, experts, correction, intervals = parts
    step = 1234
    slots = (step + LEADS) % DAY
    weights = np.array([trusted(trust, 0, slot) for slot in slots])
    mixture = (weights * experts.opinions[0, slots]).sum(axis=1)
    worth = correction.coefficients[0] @ correction.features[0, step % DAY]
    middle = mixture + np.interp(LEADS, KNOTS, worth)
    made = project(trust, experts, correction, intervals, WIDE, step, LEADS)
    np.testing.assert_allclose(made[0, :, 1], middle, rtol=1e-10)
    for q, level in ((0, -1.6), (2, 1.6)):
        np.testing.assert_allclose(made[0, :, q], middle + level * intervals.scale[0, slots], rtol=1e-10)


def test_no_forecast_leaves_its_envelope(parts):
    tight = np.broadcast_to(np.array([-0.1, 0.2]), (1, DAY, 2)).copy()
    made = project(*parts, tight, 1234, LEADS)
    assert made.min() >= -0.1
    assert made.max() <= 0.2

"""What holds for any series, holes and garbage."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS

STEPS = 130
SERIES = 2
sane = arrays(np.float64, (STEPS, SERIES), elements=st.floats(-5.0, 5.0))
anything = arrays(
    np.float64,
    (STEPS, SERIES),
    elements=st.one_of(
        st.floats(allow_nan=True, allow_infinity=True),
        st.sampled_from([0.0, 1.0, 1000.0, -1000.0, 5e-324]),
    ),
)
flags = arrays(np.bool_, (STEPS, SERIES), fill=st.nothing())


def run(values, valid):
    forecaster = Forecaster.start(SERIES)
    for i, (row, known) in enumerate(zip(values, valid, strict=True)):
        forecaster.learn(row, known, i * STEP_NS)
    return forecaster


@given(values=anything, valid=flags)
@settings(max_examples=25, deadline=None)
def test_holes_and_garbage_leave_everything_finite_and_ordered(values, valid):
    forecaster = run(values, valid)
    made = forecaster.forecast()
    assert np.isfinite(made).all()
    assert (np.diff(made, axis=2) >= 0.0).all()
    assert all(np.isfinite(array).all() for array in forecaster.snapshot().values())


@given(values=sane, valid=flags, cut=st.integers(1, STEPS - 1))
@settings(max_examples=15, deadline=None)
def test_stopping_and_restoring_anywhere_changes_no_bit(values, valid, cut):
    whole = run(values, valid)
    resumed = Forecaster.start(SERIES)
    resumed.restore(run(values[:cut], valid[:cut]).snapshot())
    for i in range(cut, STEPS):
        resumed.learn(values[i], valid[i], i * STEP_NS)
    one, other = whole.snapshot(), resumed.snapshot()
    assert all((one[name] == other[name]).all() for name in one)


@given(values=sane, other=anything, valid=flags)
@settings(max_examples=15, deadline=None)
def test_what_stands_under_an_invalid_flag_is_never_looked_at(values, other, valid):
    changed = np.where(valid, values, other)
    one, two = run(values, valid).snapshot(), run(changed, valid).snapshot()
    assert all((one[name] == two[name]).all() for name in one)


@given(seed=st.integers(0, 2**31), size=st.floats(1e-3, 1e3))
@settings(max_examples=8, deadline=None)
def test_wild_swings_for_a_fortnight_stay_finite(seed, size):
    wild = np.random.default_rng(seed).standard_cauchy((15 * DAY, SERIES)) * size
    forecaster = run(wild, np.ones(wild.shape, dtype=bool))
    assert np.isfinite(forecaster.forecast()).all()

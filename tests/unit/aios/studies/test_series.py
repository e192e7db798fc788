"""The course of a run by quarter-hours is the same, bit for bit, however the run is cut into courses."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.studies.series import Series
from tests.unit.simulators.indicators.courses import BUSES, course, cut

START_NS = 1_480_000_000 * 1_000_000_000


def table_of(courses):
    series = Series(SimpleNamespace(buses=BUSES))
    for one in courses:
        series.enter(one)
    return series.table()


def made(seed, steps, seconds):
    random = np.random.default_rng(seed)
    spans = random.choice(seconds, steps)
    return course(
        START_NS + np.cumsum(spans) * 1_000_000_000,
        spans / 3600.0,
        import_kw=random.normal(500.0, 800.0, steps),
        loss_kw=random.uniform(0.0, 9.0, steps),
        u_pu=random.uniform(0.85, 1.15, (steps, 3)),
        loading=random.uniform(0.0, 2.4, (steps, 2)),
        converged=random.random(steps) > 0.02,
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    steps=st.integers(1, 120),
    seconds=st.sampled_from([(60,), (900,), (1, 60, 600, 900), (7, 450, 3600)]),
    data=st.data(),
)
def test_a_run_cut_anywhere_gives_the_same_series(seed, steps, seconds, data):
    whole = made(seed, steps, seconds)
    at = sorted(data.draw(st.sets(st.integers(1, max(1, steps - 1)), max_size=8)))
    one, other = table_of([whole]), table_of(cut(whole, at))
    assert one.keys() == other.keys()
    assert {name: values.tobytes() for name, values in one.items()} == {
        name: values.tobytes() for name, values in other.items()
    }

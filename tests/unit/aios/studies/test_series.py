"""The course of a run by quarter-hours is the same, bit for bit, however the run is cut into courses."""

from types import SimpleNamespace

from hypothesis import given, settings

from aios.studies.series import Series
from tests.unit.simulators.indicators.courses import BUSES, runs_cut_anywhere


def table_of(courses):
    series = Series(SimpleNamespace(buses=BUSES))
    for one in courses:
        series.enter(one)
    return series.table()


@settings(max_examples=25, deadline=None)
@given(run=runs_cut_anywhere())
def test_a_run_cut_anywhere_gives_the_same_series(run):
    whole, pieces = run
    one, other = table_of([whole]), table_of(pieces)
    assert one.keys() == other.keys()
    assert {name: values.tobytes() for name, values in one.items()} == {
        name: values.tobytes() for name, values in other.items()
    }

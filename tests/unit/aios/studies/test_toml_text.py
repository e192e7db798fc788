"""A site file that a study wrote reads back as the tables it was made of."""

import tomllib
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from aios.studies.toml_text import toml_of

SCALARS = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_tables_survive_the_way_through_text(tables):
    assert tomllib.loads(toml_of(tables)) == tables


def test_moments_keep_their_zone():
    assert tomllib.loads(toml_of({"at": datetime(2016, 12, 14, tzinfo=UTC)}))["at"].tzinfo is not None

"""The statements for TimescaleDB, as they stand in its documentation; the server of the tests has it not."""

from drivers.historian.timescale import STEPS, policies
from tests.unit.drivers.historian.sql_text import GOLDEN, written


def test_the_statements_are_those_that_were_reviewed():
    assert written(STEPS, policies(90 * 86_400.0), policies(None)) == GOLDEN.read_text(encoding="utf-8")


def test_means_are_not_refreshed_where_raw_rows_are_gone():
    refresh = next(text for text in policies(10 * 86_400.0) if "add_continuous" in text)
    assert "start_offset => INTERVAL '777600 seconds'" in refresh
    assert all("add_retention_policy" not in text for text in policies(None))

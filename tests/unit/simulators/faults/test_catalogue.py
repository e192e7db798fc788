"""The catalogue has a row for each kind, and the page in the documentation is made of it."""

import re
from pathlib import Path

import pytest

from simulators.faults.catalogue import catalogue, table
from simulators.faults.couplings import targets
from simulators.faults.kinds import FaultKind

PAGE = Path(__file__).parents[4] / "docs" / "faults.md"
FROM, TO = "<!-- catalogue -->\n", "<!-- end of the catalogue -->\n"


def test_every_kind_has_a_row_and_every_row_a_kind():
    assert set(catalogue()) == set(FaultKind)


def test_the_page_in_the_documentation_has_the_table_of_the_rows():
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(FROM)[1].split(TO)[0] == table()


def test_a_reader_is_sent_to_no_number_of_a_list_that_is_not_in_the_package():
    assert not re.search(r"issue \d", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", FaultKind)
def test_a_row_says_either_how_the_gateway_answers_or_what_it_would_need(kind):
    row = catalogue()[kind]
    assert bool(row.seen_in) == bool(row.seen_as) == (row.within_s > 0.0) != bool(row.needs)
    assert row.low <= row.high


def test_every_target_of_a_row_is_something_that_a_site_has(site, network):
    known = targets(site, network)
    assert {row.target for row in catalogue().values()} <= set(known)

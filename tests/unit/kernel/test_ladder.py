"""The table of conditions, and the page that shows it."""

from __future__ import annotations

from kernel.ladder import CONDITIONS, Level, as_table
from tests.architecture.sources import ROOT


def test_the_page_shows_the_table_of_the_code() -> None:
    assert as_table() in (ROOT / "docs" / "degradation.md").read_text(encoding="utf-8")


def test_every_condition_leads_below_the_highest_rung() -> None:
    assert all(condition.rung > Level.MODEL for condition in CONDITIONS)


def test_the_rungs_stand_in_the_order_of_the_terminology() -> None:
    text = (ROOT / "docs" / "terminology.md").read_text(encoding="utf-8")
    places = [text.index(f"\n| {level.word.replace('_', ' ')} |") for level in Level]
    assert places == sorted(places)

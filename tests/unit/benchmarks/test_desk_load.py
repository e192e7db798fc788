"""What the desk's benchmark makes of what it saw: no change is counted too early, none is left out."""

from __future__ import annotations

import pytest

from benchmarks.desk_load.desk import Heard, _take
from benchmarks.desk_load.plant import STEP_KW, WATCHED, site_text, value_kw
from benchmarks.desk_load.witness import MISSED_S, _delays


def test_a_change_is_timed_until_it_is_shown_after_it_and_not_by_what_stood_there_before():
    shown = [("closed", 0.0), ("open", 1.4), ("closed", 3.5)]
    assert _delays([("open", 1.0), ("closed", 3.0)], shown) == pytest.approx([0.4, 0.5])


def test_a_change_that_was_never_seen_counts_as_missed():
    assert _delays([("open", 1.0)], [("closed", 1.2)]) == pytest.approx([MISSED_S])


def test_a_desk_is_as_old_as_what_it_showed_right_before_something_newer_came():
    heard = Heard(page="alarms", beats=[(10.1, 10.0), (10.3, 10.0), (10.7, 10.5)])
    assert heard.ages_s() == pytest.approx([0.7])


def test_a_watched_value_is_noted_when_it_comes_first():
    heard = Heard(page="points")
    row = f'<tr data-key="{WATCHED}" data-value><th></th><td class="num"><b>2\u202f010 kW</b></td></tr>'
    _take(heard, "points", row)
    first = heard.values["2010"]
    _take(heard, "points", row)
    assert heard.values == {"2010": first}


def test_every_change_shows_on_every_page_and_the_site_is_read_as_often_as_the_promise_says():
    assert STEP_KW >= 10.0
    assert len({value_kw(number) for number in range(2000)}) == 2000
    assert "base_tick_s = 0.5" in site_text(0.5)

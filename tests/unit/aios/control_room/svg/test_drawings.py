"""Drawings tell the truth: places follow values, holes break lines, words are escaped."""

from __future__ import annotations

import re
from datetime import UTC
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.control_room.svg.element import element
from aios.control_room.svg.load_chart import Load, Track, load_chart, summary
from aios.control_room.svg.marks import WORDS, mark
from aios.control_room.svg.one_line import Bay, Branch, Breaker, Label, OneLine, one_line
from aios.control_room.svg.range_bar import range_bar
from aios.control_room.svg.scale import Scale, round_ticks
from aios.control_room.svg.sparkline import sparkline
from tests.fakes.nord import HOUR, MIDNIGHT, NOW

ordinary = st.floats(-1e6, 1e6)


def number(text: str, name: str) -> float:
    found = re.search(rf'{name}="([-\d.]+)"', text)
    assert found is not None
    return float(found[1])


def test_an_element_escapes_attributes_and_words():
    drawn = element("text", "<b>", class_='"><script>')
    assert "<script>" not in drawn
    assert "&lt;b&gt;" in drawn


@given(ordinary, ordinary)
def test_ticks_enclose_what_they_measure(first: float, second: float):
    low, high = sorted((first, second))
    ticks = round_ticks(low, high)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert list(ticks) == sorted(set(ticks))
    assert 2 <= len(ticks) <= 9


@given(st.lists(ordinary, min_size=3, max_size=3).map(sorted))
def test_a_range_bar_keeps_its_median_inside_its_interval(ends: list[float]):
    low, median, high = ends
    drawn = range_bar(low, median, high, scale=Scale(low, high, 0, 150))
    interval, tick = re.findall(r"<rect[^>]*>", drawn)[1:]
    middle = number(tick, "x") + 1.2
    assert number(interval, "x") - 0.2 <= middle <= number(interval, "x") + number(interval, "width") + 0.2


def test_a_logarithmic_scale_shows_a_factor_as_a_length():
    scale = Scale(10, 100_000, 0, 200, logarithmic=True)
    assert scale(1000) - scale(100) == pytest.approx(scale(100) - scale(10))


def test_a_sparkline_marks_only_a_value_beyond_its_limit():
    assert "newest beyond" in sparkline((1.0, 2.0, 6.0), 5.0, beyond=True)
    assert "beyond" not in sparkline((1.0, 2.0, 3.0), 5.0, beyond=False)


def test_a_sparkline_of_one_value_draws_no_trend():
    assert "polyline" not in sparkline((1.0,), None, beyond=False)


def test_each_priority_has_its_own_shape_and_name():
    shapes = {re.search(r'd="([^"]+)"', mark(severity))[1] for severity in WORDS}
    assert len(shapes) == len(WORDS) == len(set(WORDS.values()))


def load(**changes: object) -> Load:
    fields: dict[str, object] = {
        "name": "Grid",
        "unit": "MW",
        "now_ns": NOW,
        "begin_ns": MIDNIGHT,
        "end_ns": MIDNIGHT + 24 * HOUR,
        "zone": UTC,
        "measured": Track(start_ns=MIDNIGHT, step_s=3600, values=(20.0, 21.0, None, 22.0, 23.0)),
        "limit": 27.0,
    }
    return Load(**(fields | changes))


def test_a_hole_breaks_the_measured_line():
    assert len(re.findall(r'<polyline class="measured"', load_chart(load()))) == 2


def test_what_lies_outside_the_window_is_not_drawn():
    old = Track(start_ns=MIDNIGHT - 48 * HOUR, step_s=3600, values=(20.0, 21.0, 22.0))
    assert "measured" not in re.findall(r'<polyline class="(\w+)"', load_chart(load(measured=old)))


def test_a_higher_load_is_drawn_higher_and_the_limit_at_its_own_height():
    drawn = load_chart(load(measured=Track(start_ns=MIDNIGHT, step_s=3600, values=(20.0, 27.0))))
    points = re.search(r'class="measured" points="([^"]+)"', drawn)[1]
    (_, low), (_, high) = (map(float, pair.split(",")) for pair in points.split())
    assert high < low
    assert number(re.search(r'<line class="limit"[^>]*>', drawn)[0], "y1") == high


def test_the_chart_says_in_words_what_it_shows():
    median = Track(start_ns=NOW, step_s=3600, values=(24.0, 30.6, 22.0))
    said = summary(load(median=median)).replace("\u00a0", " ")
    assert said == (
        "Load of Grid in MW; last measured mean 23 MW; forecast peak 30.6 MW at 16:44; demand limit 27 MW"
    )


def test_a_chart_without_any_value_is_a_frame_with_its_limit():
    drawn = load_chart(load(measured=None))
    assert "polyline" not in drawn
    assert "demand limit" in drawn


def test_the_chart_is_well_formed():
    assert ET.fromstring(load_chart(load())).tag == "svg"


BAY = Bay(
    name="F11",
    battery=False,
    severity="",
    labels=(Label(text="5.1 MW", good=True),),
    breaker=Breaker.CLOSED,
    breaker_name="CB11",
    breaker_severity="",
)


def diagram(*bays: Bay, severity: str = "") -> str:
    branch = Branch(name="T1", transformer=True, severity=severity, labels=(), voltage=None, bays=bays)
    return one_line(OneLine(source=None, upper=None, branches=(branch,)))


def bay(**changes: object) -> Bay:
    fields = {name: getattr(BAY, name) for name in BAY.__slots__}
    return Bay(**(fields | changes))


@pytest.mark.parametrize("breaker", [Breaker.CLOSED, Breaker.OPEN, Breaker.BETWEEN, Breaker.UNKNOWN])
def test_a_breakers_position_is_drawn_and_said(breaker: Breaker):
    drawn = diagram(bay(breaker=breaker))
    assert f'class="breaker {breaker}"' in drawn
    assert f"breaker CB11 {breaker}" in drawn
    assert (">?<" in drawn) == (breaker in {Breaker.BETWEEN, Breaker.UNKNOWN})


def test_a_bay_without_breaker_draws_none():
    assert '<rect class="breaker' not in diagram(bay(breaker=Breaker.NONE, breaker_name=""))


@pytest.mark.parametrize("severity", ["p1", "p2", "p3"])
def test_an_abnormal_transformer_has_colour_and_shape_and_word(severity: str):
    drawn = diagram(BAY, severity=severity)
    assert f'class="winding abnormal {severity}"' in drawn
    assert f'<polygon class="mark {severity}"' in drawn
    assert "T1 abnormal" in drawn


@given(st.integers(1, 12))
def test_however_many_bays_all_lie_inside_the_drawing(count: int):
    drawn = diagram(*[BAY] * count)
    assert all(0 < float(x) < 380 for x in re.findall(r'<text class="name" x="([\d.]+)"', drawn))
    assert drawn.count(">F11<") == count


def test_names_in_the_diagram_are_escaped():
    assert "<script>" not in diagram(bay(name="<script>", breaker_name="<script>"))

"""Claims about every page: no bare number, no colour when all is well, no foreign markup."""

from __future__ import annotations

import re

import msgspec
import pytest

from aios.control_room.panes import PAGES, STATIC, history_page, lineage_page, live_panes, whole_page
from aios.control_room.recall import NothingRecalled
from aios.control_room.sight import Place, Sight
from aios.control_room.viewer import Viewer
from aios.control_room.views.history import point_past
from aios.control_room.views.lineage import way
from kernel.asset import Asset
from kernel.quality import INVALID, QUESTIONABLE, describe
from kernel.shell.wire import Snapshot
from tests.fakes.nord import assets, point
from tests.fakes.nord_journal import lineage, notices
from tests.fakes.nord_repairs import orders
from tests.fakes.snapshots import calm, snapshot

PLACE = Place(assets=assets())
LIVE = [page for page in PAGES if page not in {"lineage", "history"}]
UNITS = {"bat1/active_power_setpoint": "kW", "grid/active_power": "kW"}
ABNORMAL = re.compile(r'class="[^"]*\b(p1|p2|p3|bad|warn|down|abnormal|beyond|lost)\b')
EVIL = '<script>alert("x")</script>'


def page(name: str, shot: Snapshot | None = None, place: Place = PLACE, **sight: float | str) -> str:
    seen = Sight(snapshot=snapshot() if shot is None else shot, **sight)
    if name == "lineage":
        return lineage_page(way(lineage(), "nord-40980-1", UNITS, place.zone), seen, place)
    if name == "history":
        return history_page(point_past("f11/current", "1d", NothingRecalled("none"), place), seen, place)
    return whole_page(name, seen, place)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_carries_inline_script_or_style(name: str):
    html = page(name)
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_anything_of_another_host(name: str):
    sources = page(name) + "".join(file.read_text() for file in STATIC.iterdir() if file.suffix != ".svg")
    assert re.findall(r"""(?:https?:)?//[a-z0-9]+\.[a-z]""", sources) == []


@pytest.mark.parametrize("name", LIVE)
def test_a_calm_day_has_no_class_of_colour(name: str):
    panes = live_panes(name, Sight(snapshot=calm()), PLACE)
    assert {pane: ABNORMAL.findall(html) for pane, html in panes.items() if ABNORMAL.search(html)} == {}


@pytest.mark.parametrize("name", ["overview", "points", "commands", "runtime"])
def test_an_abnormal_state_has_its_colour_doubled_by_a_mark(name: str):
    html = page(name)
    assert ABNORMAL.search(html)
    for severity in set(re.findall(r'<tr class="(p[123])"', html)):
        assert f'class="mark {severity}" viewBox' in html


def test_the_shape_of_each_mark_is_its_own():
    shapes = re.findall(r'class="mark (\w+)"[^>]*><path d="([^"]+)"', page("overview"))
    by_severity = dict(shapes)
    assert len(set(by_severity.values())) == len(by_severity) >= 4


@pytest.mark.parametrize(
    ("quality", "shown"), [(INVALID, "no value"), (QUESTIONABLE, "5 432 kW")], ids=["invalid", "questionable"]
)
def test_a_value_of_bad_quality_is_never_a_bare_number(quality: int, shown: str):
    shot = snapshot(points=(point("f11/active_power", "kW", 5432.0, quality=quality),))
    html = live_panes("points", Sight(snapshot=shot), PLACE)["points"]
    row = re.search(r"<tr[^>]*f11/active_power.*?</tr>", html)
    assert row is not None
    text = words(row[0]).replace("\u202f", " ").replace("\u00a0", " ")
    assert shown in text
    assert describe(quality) in text
    assert 'aria-label="not good"' in row[0]
    if quality == INVALID:
        assert "432" not in text


def test_a_bad_value_loses_its_number_in_the_diagram_too():
    drawn = live_panes("overview", Sight(snapshot=snapshot()), PLACE)["substation"]
    assert re.search(r'class="value bad"[^>]*>✕ no value<', drawn)
    assert re.search(r'class="value bad"[^>]*>invalid<', drawn)


def test_every_point_has_unit_quality_and_age():
    html = live_panes("points", Sight(snapshot=snapshot()), PLACE)["points"]
    rows = re.findall(r"<tr tabindex.*?</tr>", html)
    assert len(rows) == len(snapshot().points)
    for row in rows:
        value = re.search(r'<td class="num"><b>([^<]+)</b>', row)
        assert value is not None
        assert re.fullmatch(r"no value|[a-z]+|−?[\d\u202f.]+\u00a0\S+", value[1]), value[1]
        assert re.search(r'<time data-at="\d+">\d+ (s|min|h|d)', row)


def test_every_piece_of_evidence_has_limit_sensor_and_age():
    html = live_panes("overview", Sight(snapshot=snapshot()), PLACE)["details"]
    pieces = re.findall(r'<div class="evidence">.*?</div></div>', html, re.DOTALL)
    assert len(pieces) == 3 * len(orders())
    for piece in pieces:
        assert re.search(r"(limit [\d.]|no limit).*sensor good.*<time data-at=.* old", piece, re.DOTALL)


@pytest.mark.parametrize("name", LIVE)
def test_words_from_outside_stay_words(name: str):
    shot = snapshot()
    evil = snapshot(
        title=EVIL,
        notices=tuple(msgspec.structs.replace(n, text=EVIL, detail=EVIL, id=EVIL) for n in notices()),
        orders=tuple(
            msgspec.structs.replace(
                o, id=EVIL + str(o.rank), title=EVIL, work=EVIL, feasible=(EVIL,), asset=EVIL
            )
            for o in orders()
        ),
        commands=tuple(
            msgspec.structs.replace(c, id=EVIL, reason=EVIL, point=EVIL, unit=EVIL) for c in shot.commands
        ),
        points=tuple(msgspec.structs.replace(p, unit=EVIL, words=EVIL) for p in shot.points),
        rungs=tuple(msgspec.structs.replace(r, agent=EVIL, rung=EVIL, why=EVIL) for r in shot.rungs),
        loops=tuple(msgspec.structs.replace(loop, name=EVIL) for loop in shot.loops),
    )
    renamed = tuple(msgspec.structs.replace(a, title=EVIL) for a in assets())
    html = page(
        name, evil, Place(assets=(*renamed, Asset(name="x", kind="feeder", upstream="t1", title=EVIL)))
    )
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_lost_gateway_is_told_with_reason_time_and_the_state_that_is_shown():
    text = words(page("overview", down_s=12.4, why_down="no gateway answers at gateway.sock"))
    assert "The gateway does not answer for 12 s : no gateway answers at gateway.sock." in text
    assert "What you see is the state of 15:14:07." in text


def test_before_the_first_answer_every_pane_says_that_there_is_no_state():
    html = whole_page("overview", Sight(down_s=1.0, why_down="no gateway"), PLACE)
    assert html.count("No state yet") == 5
    assert "It has not answered yet." in html


def test_a_page_without_topology_draws_no_diagram_and_says_why():
    html = live_panes("overview", Sight(snapshot=snapshot()), Place())["substation"]
    assert "one-line" not in html
    assert "topology is not known" in html


def test_a_pane_that_cannot_be_drawn_says_so_and_leaves_the_others():
    torn = msgspec.structs.replace(snapshot().forecasts[0], values=((1.0,), (2.0,)))
    panes = live_panes("overview", Sight(snapshot=snapshot(forecasts=(torn,))), PLACE)
    assert "could not be drawn" in panes["load"]
    assert [name for name, html in panes.items() if "could not be drawn" in html] == ["load"]


def test_every_button_that_acts_says_what_it_sends_where():
    buttons = re.findall(r"<button[^>]*data-act=[^>]*>", page("alarms") + page("approvals"))
    assert len(buttons) > 4
    for button in buttons:
        assert re.search(r'data-path="/(alarms|approvals)/[^"/]+(/[a-z-]+)?"', button), button
        assert re.search(r'data-about="[^"]+"', button), button


def test_the_page_says_who_looks_and_what_they_may_and_offers_signing_in_to_nobody():
    seen = Sight(snapshot=snapshot())
    anna = Viewer(person="A. Meier", roles=("OPERATOR",), may=("acknowledge", "shelve"))
    signed_in, nobody = whole_page("alarms", seen, PLACE, anna), page("alarms")
    assert 'data-may="acknowledge shelve"' in signed_in
    assert "A. Meier · OPERATOR" in signed_in
    assert 'data-may=""' in nobody
    assert 'href="/sign-in"' in nobody


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_its_landmarks_language_and_headers(name: str):
    html = page(name)
    assert '<html lang="en">' in html
    assert html.count("<main") == html.count("<header") == html.count("<nav") == 1
    assert re.findall(r"<th(?![^>]*scope=)[ >]", html) == []
    assert re.findall(r'<svg(?![^>]*(?:aria-label="|aria-hidden="true"))', html) == []
    assert re.findall(r'<section(?![^>]*aria-label=")', html) == []


def test_the_card_of_a_question_says_how_sure_the_agent_is() -> None:
    told = words(page("approvals"))
    assert "62 % sure: energy stored against what the demand needs" in told
    assert "2 of 40 outcomes of the same agent were wrong" in told
    assert "at most 10 % wrong from 90 % on" in told

"""The list of alarms: what has to be seen, with state, evidence and what to do; on the overview too."""

from __future__ import annotations

import re

import msgspec

from aios.cli.alarms import told
from aios.control_room.panes import live_panes
from aios.control_room.sight import Place, Sight
from aios.control_room.views.alarms import alarms as worded
from kernel.alarm import AlarmState
from tests.fakes.nord import assets
from tests.fakes.nord_alarms import alarm, alarms
from tests.fakes.snapshots import calm, snapshot

PLACE = Place(assets=assets())


def words(pane: str, **changes: object) -> str:
    page = "overview" if pane == "notices" else "alarms"
    html = live_panes(page, Sight(snapshot=snapshot(**changes)), PLACE)[pane]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_what_is_in_the_operators_list_is_told_from_what_is_put_aside_or_cannot_be_judged() -> None:
    view = worded(snapshot(alarms=alarms()), PLACE)
    assert [row.id for row in view.shown] == ["voltage_limit:t1", "busbar_balance:t2"]
    assert [row.id for row in view.aside] == ["voltage_band:t1"]
    assert [row.id for row in view.unjudged] == ["busbar_balance:grid"]
    assert [row.severity for row in (*view.shown, *view.aside)] == ["p1", "p2", ""]


def test_the_page_says_state_since_evidence_and_what_to_do() -> None:
    said = words("alarms", alarms=alarms())
    for part in (
        "2 in the list · 1 put aside · 1 cannot be judged",
        "active, not acknowledged",
        "f11/voltage: 17.90",
        "limit 18.00",
        "Look at the tap changer.",
        "most likely f11/voltage",
        "cannot be judged: what it rests on is not good",
        "7 min ago",
    ):
        assert part in said.replace("\u00a0", " "), part


def test_the_overview_shows_them_above_the_notices() -> None:
    said = words("notices", alarms=alarms())
    assert "2 alarms" in said
    assert said.index("voltage of T1") < said.index("not answer" if "not answer" in said else "active")
    assert "shelved" not in said


def test_a_calm_day_has_no_alarm() -> None:
    panes = live_panes("alarms", Sight(snapshot=calm()), PLACE)
    assert "No alarm." in panes["alarms"]


def test_what_it_says_is_escaped() -> None:
    evil = '<script>alert("x")</script>'
    panes = live_panes("alarms", Sight(snapshot=snapshot(alarms=(alarm(text=evil),))), PLACE)
    assert evil not in panes["alarms"]


def test_the_command_line_says_the_same() -> None:
    said = told(alarm())
    assert "voltage_limit:t1  priority 1, unacknowledged, since 2026-11-17 15:07:07 UTC" in said
    assert "most likely f11/voltage" in said
    assert "Within 10 min." in said
    over = msgspec.structs.replace(alarm(state=AlarmState.RETURNED), point="", blind=True)
    assert "cannot be judged now" in told(over)

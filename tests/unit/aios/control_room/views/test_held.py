"""What people hold stands on the page: overrides with maker and end, and points not in their normal mode."""

from __future__ import annotations

import re

import msgspec
import pytest

from aios.control_room.panes import live_panes
from aios.control_room.sight import Place, Sight
from aios.control_room.views.held import operated, overrides
from kernel.instruction import Mode, Override, PointMode
from kernel.question import Question, Stage
from kernel.shell.wire import Snapshot
from tests.fakes import nord, snapshots
from tests.fakes.nord import HOUR, MIN, NOW

PLACE = Place(assets=nord.assets())
F11, F12, BAT = "f11/active_power", "f12/active_power", "bat1/state_of_charge"


def override(key: str, value: float | None, pattern: str = "f*/active_power") -> Override:
    return Override(
        key=key, person="m.jansen", reason="storm", pattern=pattern, value=value, until_ns=NOW + 90 * MIN
    )


def shot(*held: Override, **changes: object) -> Snapshot:
    ruled = {F11: held[-1].key, F12: held[0].key} if held else {}
    return snapshots.snapshot(**({"overrides": held, "overridden": ruled} | changes))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_an_override_says_what_it_holds_by_whom_why_and_until_when():
    one = override("o1", 5000.0)
    (line,) = overrides(shot(one), PLACE)
    assert plain(line.text) == "f*/active_power (2 set-points) held at 5 000 kW"
    assert line.detail == "override o1, m.jansen · storm"
    assert (line.until, line.left) == ("until 16:44", "1 h 30 min left")


def test_the_newest_override_stands_first_and_one_of_a_single_point_names_it():
    first, second = overrides(shot(override("o1", None), override("o2", 0.0)), PLACE)
    assert (first.id, second.id) == ("o2", "o1")
    assert plain(first.text) == "f11/active_power held at 0.00 kW"
    assert second.text == "f12/active_power held at safe"


def test_an_override_that_waits_for_a_second_person_says_so():
    asked = msgspec.convert(
        {
            "id": "q", "trace": "t", "point": F11, "value": 1.0, "low": 1.0, "high": 1.0, "once": False,
            "asked_by": "override:o1", "wanted_low": 1.0, "wanted_high": 1.0, "rule": "r", "reason": "r",
            "revision": "r", "approvals": 1, "roles": [], "asked_at_ns": 0, "decide_by_ns": 0, "holds_s": 1.0,
            "preconditions": [], "digest": "d",
        },
        type=Question,
    )  # fmt: skip
    (line,) = overrides(shot(override("o1", 1.0), asked=(asked,)), PLACE)
    assert line.detail.endswith(f"{F11}: waits for a second person")
    done = msgspec.structs.replace(asked, stage=Stage.OPERATED)
    (line,) = overrides(shot(override("o1", 1.0), asked=(done,)), PLACE)
    assert "waits" not in line.detail


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (Mode.BLOCKED, "blocked, p.smit until 16:14"),
        (Mode.LOCAL, "local, p.smit until 16:14"),
        (Mode.SUBSTITUTED, "substituted, p.smit until 16:14"),
        (Mode.TEST, "test, p.smit until 16:14"),
    ],
)
def test_a_point_says_its_mode_by_whom_and_until_when(mode: Mode, said: str):
    told = PointMode(key="k", person="p.smit", reason="r", point=BAT, mode=mode, until_ns=NOW + HOUR)
    assert operated(shot(modes=(told,)), PLACE) == {BAT: said}


def test_a_device_that_says_it_is_local_is_told_from_a_person_who_says_so():
    assert operated(shot(local=(BAT,)), PLACE) == {BAT: "local: its device says so"}


def test_the_page_shows_both_and_nothing_where_nobody_holds_anything():
    told = PointMode(key="k", person="p.smit", reason="r", point=F11, mode=Mode.BLOCKED)
    held = Sight(snapshot=shot(override("o1", 5000.0), modes=(told,)))
    rows = re.findall(r"<tr tabindex.*?</tr>", live_panes("points", held, PLACE)["points"])
    assert sum("held by a person" in row for row in rows) == 2
    assert "1 override in force" in live_panes("overview", held, PLACE)["notices"]
    free = Sight(snapshot=shot())
    html = live_panes("points", free, PLACE)["points"] + live_panes("overview", free, PLACE)["notices"]
    assert "held by a person" not in html
    assert "in force" not in html


def test_an_override_that_newer_ones_cover_says_so():
    only = shot(override("o1", 1.0), override("o2", 2.0), overridden={F11: "o2", F12: "o2"})
    assert overrides(only, PLACE)[1].text == "f*/active_power (0 set-points): a newer one rules"

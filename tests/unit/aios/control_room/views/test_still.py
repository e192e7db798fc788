"""A gateway that answers and knows nothing new is told as such, and one that is read slowly is not."""

from __future__ import annotations

import msgspec
import pytest

from aios.control_room.panes import live_panes
from aios.control_room.sight import Place, Sight
from aios.control_room.views.still import still
from kernel.shell.wire import DeviceBrief, Snapshot
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import snapshot

METER = DeviceBrief(device="meter", state="up", wanted_s=60.0, reached_s=60.0, lost=0)


def standing(since_s: float, **changes: object) -> Snapshot:
    """A gateway whose values are all of one moment."""
    points = tuple(msgspec.structs.replace(p, at_ns=NOW - round(since_s * S)) for p in snapshot().points)
    return snapshot(points=points, **changes)


def test_values_of_the_last_five_seconds_are_news_and_older_ones_are_not():
    assert still(standing(4.9)) is None
    found = still(standing(5.1))
    assert found is not None
    assert (found.newest_ms, found.age) == ((NOW - round(5.1 * S)) // 1_000_000, "5 s")


def test_one_value_that_is_new_is_enough():
    first, *others = standing(90.0).points
    fresh = msgspec.structs.replace(first, at_ns=NOW)
    assert still(snapshot(points=(fresh, *others))) is None


@pytest.mark.parametrize(
    "slow",
    [{"base_tick_s": 60.0}, {"devices": (METER,)}, {"clock_factor": 1440.0}],
    ids=["slow ticks", "slow readings", "a fast clock"],
)
def test_what_comes_seldom_is_waited_for(slow: dict[str, object]):
    assert still(standing(170.0, **slow)) is None
    assert still(standing(8000.0, **slow)) is not None


def test_before_the_first_reading_nothing_has_grown_old():
    points = tuple(msgspec.structs.replace(p, at_ns=None) for p in snapshot().points)
    assert still(snapshot(points=points)) is None


def test_the_banner_says_it_on_every_page_and_a_lost_gateway_comes_first():
    old = standing(12.0)
    assert "Nothing new for" in live_panes("alarms", Sight(snapshot=old), Place())["banner"]
    lost = live_panes("alarms", Sight(snapshot=old, down_s=3.0, why_down="no answer in 2 s"), Place())
    assert "does not answer" in lost["banner"]
    assert "Nothing new" not in lost["banner"]

"""The proof: three periods without a canary, and the header says which link is broken; not before."""

from __future__ import annotations

from datetime import UTC

import pytest

from aios.control_room.panes import live_panes
from aios.control_room.proof import Link, proof
from aios.control_room.sight import Place, Sight
from aios.control_room.views.gateways import gateways
from kernel.shell.wire import CanaryState
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import calm, snapshot

EVERY_S = 60.0
PLACE = Place()


def sight(age_s: float | None, *, feed_s: float = 0.0, factor: float = 1.0, tick: int = 41_203) -> Sight:
    raised_ns = None if age_s is None else NOW - round(age_s * S)
    told = CanaryState(every_s=EVERY_S, raised_ns=raised_ns)
    down_s = feed_s if feed_s > 5.0 else None
    shot = calm()
    shot = snapshot(alarms=(), canary=told, clock_factor=factor, tick=tick, rungs=shot.rungs)
    return Sight(snapshot=shot, feed_age_s=feed_s, down_s=down_s, why_down="gone" if down_s else "")


@pytest.mark.parametrize(
    ("age_s", "feed_s", "factor", "tick", "broken"),
    [
        (23.0, 0.2, 1.0, 41_203, None),
        (179.0, 0.5, 1.0, 41_203, None),
        (181.0, 0.2, 1.0, 41_203, Link.GATEWAY),
        (23.0, 150.0, 1.0, 41_203, None),
        (23.0, 158.0, 1.0, 41_203, Link.CONTROL_ROOM),
        (181.0, 300.0, 1.0, 41_203, Link.GATEWAY),
        (23.0, 4.0, 60.0, 41_203, Link.CONTROL_ROOM),
        (23.0, 9_000.0, 0.0, 41_203, None),
        (None, 0.2, 1.0, -1, None),
        (None, 0.2, 1.0, 179, None),
        (None, 0.2, 1.0, 181, Link.GATEWAY),
        (None, 3_600.0, 1.0, 10, Link.CONTROL_ROOM),
    ],
)
def test_three_periods_without_a_canary_break_a_link(
    age_s: float | None, feed_s: float, factor: float, tick: int, broken: Link | None
) -> None:
    found = proof(sight(age_s, feed_s=feed_s, factor=factor, tick=tick))
    assert found is not None
    assert found.broken is broken
    assert bool(found.why(UTC)) is (broken is not None)


def test_its_age_runs_on_while_nothing_is_heard() -> None:
    found = proof(sight(23.0, feed_s=10.0, factor=2.0))
    assert found is not None
    assert found.age_s == pytest.approx(43.0)


def test_a_canary_from_the_future_proves_nothing() -> None:
    found = proof(sight(-3600.0))
    assert found is not None
    assert (found.broken, found.age_s, found.raised_ns) == (Link.GATEWAY, None, None)
    assert "no canary alarm has come through it since it began" in found.why(UTC)


def test_a_site_without_a_canary_proves_nothing_and_says_nothing() -> None:
    assert proof(Sight(snapshot=snapshot())) is None
    assert proof(Sight()) is None
    shown = live_panes("overview", Sight(snapshot=snapshot()), PLACE)
    assert (shown["proven"].strip(), shown["unproven"].strip()) == ("", "")


@pytest.mark.parametrize(
    ("seen", "loud", "words"),
    [
        (sight(23.0), False, "alarms proven"),
        (sight(None, tick=3), False, "alarms not proven yet"),
        (sight(181.0), True, "no canary alarm has come through it since 15:11:06"),
        (sight(None, tick=400), True, "has come through it since it began"),
        (sight(23.0, feed_s=200.0), True, "heard nothing from the gateway since 15:14:07"),
    ],
)
def test_the_header_is_loud_in_words_and_only_then(seen: Sight, *, loud: bool, words: str) -> None:
    for page in ("overview", "alarms", "runtime", "lineage"):
        panes = live_panes(page, seen, PLACE)
        shown = panes["unproven"]
        assert words in (shown if loud else panes["proven"])
        assert ('role="alert"' in shown) is loud
        assert ("Alarms do not reach this desk" in shown) is loud
        assert "<time" not in shown or not loud, "an alert whose words tick would be read out every second"


def test_the_list_of_gateways_has_one_whose_alarms_do_not_come_through_first() -> None:
    well, cut = sight(23.0), sight(181.0)
    first, second = gateways([("a", well, PLACE), ("b", cut, PLACE)])
    assert (first.site, first.severity) == ("b", "p1")
    assert first.state.startswith("alarms do not reach this desk: the gateway answers")
    assert (second.state, second.severity) == ("answers", "")

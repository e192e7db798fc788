"""The note between two shifts: who wrote it to whom, and what was open, by the gateway's own count."""

from __future__ import annotations

from aios.control_room.panes import live_panes
from aios.control_room.sight import Place, Sight
from aios.control_room.views.shift import shift
from kernel.instruction import HandOver, OpenItems
from tests.fakes.nord import MIN, NOW
from tests.fakes.snapshots import snapshot

TOLD = HandOver(
    key="h1",
    person="A. Meier",
    reason="end of shift",
    at_ns=NOW - MIN,
    note="T1 fan waits for crew B",
    giver="A. Meier",
    taker="B. Kranz",
    open=OpenItems(alarms_unacknowledged=2, questions=1),
)


def test_the_note_stands_with_both_names_and_what_was_open() -> None:
    told = shift(snapshot(hand_over=TOLD), Place())
    assert told is not None
    assert told.text == "T1 fan waits for crew B"
    assert told.detail == "A. Meier to B. Kranz, 15:13 · open then: alarms unacknowledged 2, questions 1"


def test_the_overview_shows_it_and_lets_a_shift_be_handed_over() -> None:
    html = live_panes("overview", Sight(snapshot=snapshot(hand_over=TOLD)), Place())["notices"]
    assert "T1 fan waits for crew B" in html
    assert 'data-path="/hand-overs"' in html
    assert 'data-reason="note"' in html


def test_before_the_first_hand_over_there_is_no_note() -> None:
    assert shift(snapshot(), Place()) is None

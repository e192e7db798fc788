"""The work on orders as the list words it: who has it, until when, and why an order is back."""

from __future__ import annotations

from typing import Any

from aios.control_room.panes import live_panes
from aios.control_room.sight import Place, Sight
from aios.control_room.views.repairs import repairs
from aios.control_room.views.work import works
from kernel.dispatch import Dispatch, Turn, WorkStage
from tests.fakes.nord import HOUR, MIN, NOW
from tests.fakes.nord_repairs import orders
from tests.fakes.snapshots import snapshot

FIRST = orders()[0].id


def left(stage: WorkStage, **changes: Any) -> Dispatch:
    given = {
        "order": FIRST,
        "stage": stage,
        "by": "A. Meier",
        "since_ns": NOW - MIN,
        "reason": "crew B on Thursday",
    }
    return Dispatch(**(given | changes))


def test_who_has_an_order_and_until_when_stands_in_one_line() -> None:
    shot = snapshot(dispatches=(left(WorkStage.PLANNED, until_ns=NOW + 2 * HOUR),))
    assert works(shot, Place())[FIRST].text == "planned by A. Meier until 17:14"


def test_what_was_put_aside_comes_last_and_without_colour() -> None:
    shown = repairs(snapshot(dispatches=(left(WorkStage.REJECTED),)), Place())
    assert shown.rows[-1].id == FIRST
    assert shown.rows[-1].severity == ""
    assert shown.rows[0].id != FIRST


def test_what_happened_before_is_told_the_newest_first() -> None:
    turns = (
        Turn(stage=WorkStage.CLAIMED, by="A. Meier", at_ns=NOW - 2 * HOUR, why="mine"),
        Turn(stage=WorkStage.DEFERRED, by="A. Meier", at_ns=NOW - HOUR, why="no crew"),
        Turn(stage=WorkStage.BACK, by="", at_ns=NOW - MIN, why="a day of waiting costs 900, and cost 500"),
    )
    (work,) = works(snapshot(dispatches=(left(WorkStage.BACK, by="", history=turns),)), Place()).values()
    assert work.past == ("14:14 deferred by A. Meier: no crew", "13:14 claimed by A. Meier: mine")


def test_the_page_says_who_has_the_order_and_offers_what_comes_next() -> None:
    panes = live_panes("overview", Sight(snapshot=snapshot(dispatches=(left(WorkStage.CLAIMED),))), Place())
    assert "claimed by A. Meier" in panes["repairs"]
    assert "crew B on Thursday" in panes["details"]
    assert 'data-path="/repair-orders/' in panes["details"]
    assert "<u>n</u>" in panes["details"]

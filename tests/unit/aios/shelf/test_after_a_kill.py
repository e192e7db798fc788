"""After a kill the shelf stands as the journal says: every act that was taken, each once."""

from __future__ import annotations

from aios.shelf.after_a_kill import caught_up
from kernel.instruction import BundleAct, BundleStep
from policies.shelf.places import Places, moved


def act(step: BundleStep, revision: str = "") -> BundleAct:
    return BundleAct(key=f"{step}-{revision}", person="p", reason="r", step=step, revision=revision)


FIRST, SECOND = act(BundleStep.PROMOTE, "1-a"), act(BundleStep.PROMOTE, "1-b")


def test_an_act_that_the_shelf_has_not_moved_for_moves_it():
    behind = moved(Places(), FIRST)
    assert caught_up(behind, (FIRST, SECOND)).active == "1-b"
    assert caught_up(Places(), (FIRST, SECOND)).previous == "1-a"


def test_a_shelf_that_has_moved_stays():
    there = moved(moved(Places(), FIRST), SECOND)
    assert caught_up(there, (FIRST, SECOND)) == there


def test_where_the_journal_was_cut_before_the_last_act_the_shelf_counts():
    there = moved(moved(Places(), FIRST), SECOND)
    assert caught_up(there, (FIRST,)) == there
    assert caught_up(there, ()) == there

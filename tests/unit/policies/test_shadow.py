"""A candidate's verdicts stand beside the active one's; where they differ there is a row with the command."""

from __future__ import annotations

import msgspec
import pytest

from kernel.ports import GateRequest
from kernel.verdict import Allow, Deny, Judgement, Verdict
from policies.shadow import ROWS, Comparison
from tests.unit.policies.substation import request, setpoint

ASKED = request(setpoint(-100.0), setpoint(-200.0, battery="bat2", name="c2"))


def said(**verdicts: Verdict) -> Judgement:
    return Judgement(revision="1", verdicts=verdicts)


def allow() -> Allow:
    return Allow(revision="1")


def deny(reason: str = "too much") -> Deny:
    return Deny(rule="limit", reason=reason, revision="1")


@pytest.fixture
def comparison() -> Comparison:
    return Comparison(active="1-a", candidate="1-b")


def at(tick: int) -> GateRequest:
    return msgspec.structs.replace(ASKED, tick=tick)


def test_a_difference_names_command_point_value_and_why(comparison: Comparison):
    comparison.hear(ASKED, said(c1=allow(), c2=allow()), said(c1=allow(), c2=deny()))
    (row,) = comparison.result().rows
    assert (row.command, row.point, row.value) == ("c2", "bat2/active_power_setpoint", -200.0)
    assert (row.was, row.would_be, row.rule, row.reason, row.loosens) == (
        "allow",
        "deny",
        "limit",
        "too much",
        False,
    )


def test_a_difference_that_lasts_is_one_row(comparison: Comparison):
    for tick in (1, 2, 3):
        comparison.hear(at(tick), said(c1=deny(), c2=allow()), said(c1=allow(), c2=allow()))
    found = comparison.result()
    assert [(row.tick, row.until_tick, row.loosens) for row in found.rows] == [(1, 3, True)]
    assert (found.requests, found.commands, found.differing, found.loosened) == (3, 6, 3, 3)


def test_a_difference_that_ends_and_comes_back_is_two_rows(comparison: Comparison):
    for tick, would in ((1, deny()), (2, allow()), (3, deny())):
        comparison.hear(at(tick), said(c1=allow(), c2=allow()), said(c1=would, c2=allow()))
    assert [row.tick for row in comparison.result().rows] == [1, 3]


def test_other_words_of_one_verdict_are_no_difference(comparison: Comparison):
    comparison.hear(ASKED, said(c1=deny("a"), c2=allow()), said(c1=deny("b"), c2=allow()))
    assert comparison.result().rows == ()


def test_a_bundle_that_is_stricter_loosens_nothing(comparison: Comparison):
    comparison.hear(ASKED, said(c1=allow(), c2=allow()), said(c1=deny(), c2=deny()))
    assert comparison.result().loosening == ""


def test_one_command_that_is_let_through_is_a_loosening_and_said(comparison: Comparison):
    comparison.hear(ASKED, said(c1=deny(), c2=allow()), said(c1=allow(), c2=deny()))
    assert comparison.result().loosening.startswith("1 of 2 recorded commands")
    assert "bat1/active_power_setpoint: deny -> allow" in comparison.result().loosening


def test_what_was_never_compared_counts_as_a_loosening(comparison: Comparison):
    assert "no recorded request" in comparison.result().loosening
    comparison.hear(ASKED, said(c1=allow(), c2=allow()), Judgement(failure="late"))
    assert "could not be compared" in comparison.result().loosening


def test_rows_are_bounded_and_counts_go_on(comparison: Comparison):
    for tick in range(ROWS + 5):
        would = deny() if tick % 2 else Deny(rule="other", reason="", revision="1")
        comparison.hear(at(tick), said(c1=allow(), c2=allow()), said(c1=would, c2=allow()))
    found = comparison.result()
    assert (len(found.rows), found.differing) == (ROWS, ROWS + 5)

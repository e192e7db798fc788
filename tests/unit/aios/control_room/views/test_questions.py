"""Questions in the words of who answers them: nothing is left to guess."""

from __future__ import annotations

import msgspec

from aios.control_room.sight import Place
from aios.control_room.views.questions import questions
from kernel.capability import AskedPeople
from kernel.question import Precondition
from tests.fakes.nord import MIN, NOW
from tests.fakes.nord_confidence import confidence
from tests.fakes.nord_questions import question
from tests.fakes.snapshots import snapshot


def seen(**changes: object) -> object:
    shown = questions(snapshot(asked=(question(**changes),)), Place())
    return shown.rows[0]


def test_those_that_can_be_answered_come_first_and_the_most_urgent_of_them_before_all() -> None:
    later = question(id="later", decide_by_ns=NOW + 30 * MIN)
    shown = questions(snapshot(asked=(later, *snapshot().asked)), Place())
    assert [row.id for row in shown.rows] == ["nord-41190-1", "later", "nord-41002-2"]
    assert [row.id for row in shown.waiting] == ["nord-41190-1", "later"]


def test_who_asks_and_the_person_behind_an_override_are_named() -> None:
    assert seen().asked_by == "A. Meier"
    assert seen(asked_by="override:o7").asked_by == "override:o7 (A. Meier)"
    assert seen(asked_by="peak_shaving", person="").asked_by == "peak_shaving"


def test_why_somebody_asks_stands_beside_them_and_over_the_answer() -> None:
    row = seen(wish_reason="permit 7731 has ended")
    assert row.wish_reason == "permit 7731 has ended"
    assert "asked by A. Meier (permit 7731 has ended): " in row.offers[0].about
    assert "asked by A. Meier: " in seen().offers[0].about


def test_an_answer_says_which_values_it_covers_and_on_which_readings_it_rests() -> None:
    setpoint = question(
        point="bat1/active_power_setpoint",
        low=-2600.0,
        high=-2000.0,
        preconditions=(
            Precondition(point="bat1/active_power", usable=True, value=12.0, band=100.0),
            Precondition(point="t1/load_current", usable=False),
            Precondition(point="t2/load_current", usable=True),
        ),
    )
    (row,) = questions(snapshot(asked=(setpoint,)), Place()).rows
    assert row.covers.replace("\u202f", " ").replace("\xa0", " ") == "−2 600 kW to −2 000 kW"
    assert [one.replace("\xa0", " ") for one in row.rests_on] == [
        "bat1/active_power = 12.00 kW within 100.0 kW",
        "t1/load_current: no good reading",
        "t2/load_current is there",
    ]
    assert seen().covers == "this value alone"


def test_what_agents_ask_stands_below_with_its_asker() -> None:
    asked = AskedPeople(id="q1", agent="shaver", question="Is F11 switched over?", at_ns=NOW)
    shown = questions(msgspec.structs.replace(snapshot(), agents_ask=(asked,)), Place())
    assert [(one.agent, one.question) for one in shown.agents] == [("shaver", "Is F11 switched over?")]


def test_the_card_says_how_sure_the_agent_is_and_how_far_that_can_be_believed() -> None:
    assert seen(confidence=confidence()).sure == (
        "62 % sure: energy stored against what the demand needs",
        "2 of 40 outcomes of the same agent were wrong",
        "at most 10 % wrong from 90 % on",
    )
    assert seen(confidence=confidence(thresholds=())).sure[-1] == "no confidence of it is enough now"
    assert seen().sure == ()

"""What low rungs allow: on hold nothing new, on safe nothing at all, and what a view shows there."""

from __future__ import annotations

import pytest

from kernel.forecast import Forecast
from kernel.pipe.tick import WorkerStep
from tests.unit.kernel.conftest import METER, S
from tests.unit.kernel.pipe.flight import AGENT, Flight, seen


def test_on_hold_what_stands_may_be_renewed_and_nothing_new_is_taken() -> None:
    flight = Flight()
    flight.tick()
    flight.pilot.says, flight.pilot.wants = "hold", 77.0
    flight.tick()
    assert flight.standing is not None
    assert flight.standing.wanted == 30.0
    flight.pilot.wants = 30.0
    flight.tick()
    assert flight.standing.made_at_ns == 1002 * S, "the same value may go on standing"


def test_on_safe_the_wish_is_withdrawn_and_the_point_goes_safe() -> None:
    flight = Flight()
    flight.tick()
    assert [(c.authority, c.value) for c in flight.last.outputs.commands] == [("gate", 30.0)]
    flight.pilot.says = "safe"
    commands = []
    for _ in range(8):
        flight.tick()
        commands += flight.last.outputs.commands
    assert flight.standing is None
    assert [(c.authority, c.value) for c in commands] == [("safe_set", 0.0)]


def test_bounds_of_an_agent_on_safe_hold_until_they_expire() -> None:
    flight = Flight()
    flight.pilot.bounds = (-10.0, 40.0)
    flight.tick()
    flight.pilot.fails = True
    flight.tick()
    assert flight.standing is not None
    assert (flight.standing.wanted, flight.standing.high) == (None, 40.0)
    flight.ticks(5)
    assert flight.standing is None


def test_bounds_of_an_agent_on_safe_are_not_renewed() -> None:
    flight = Flight()
    flight.pilot.wants, flight.pilot.bounds = None, (-10.0, 40.0)
    flight.tick()
    flight.pilot.says = "safe"
    flight.ticks(4)
    assert flight.standing is not None
    assert flight.standing.made_at_ns == 1000 * S
    flight.tick()
    assert flight.standing is None, "it goes on asking for them, and is not heard"


def test_where_only_a_rule_is_left_the_view_says_so_and_shows_no_forecast() -> None:
    flight = Flight()
    forecast = Forecast(
        point=METER, made_at_ns=1000 * S, start_ns=1000 * S, step_s=900.0, quantiles=(0.5,), values=((1.0,),),
        model="m",
    )  # fmt: skip
    flight.tick(steps=(WorkerStep(agent=AGENT, made_at_ns=1000 * S, published=(forecast,)),))
    flight.tick(seen("overrun"))
    flight.tick()
    before, after = flight.pilot.views[-2:]
    assert (before.rung, list(before.forecasts)) == ("model", [METER])
    assert (after.rung, after.forecasts) == ("rule", {})


@pytest.mark.parametrize("word", ["hold", "safe", "person"])
def test_nothing_new_is_ever_taken_on_a_low_rung(word: str) -> None:
    flight = Flight()
    flight.pilot.says = word
    flight.tick()
    assert flight.standing is None

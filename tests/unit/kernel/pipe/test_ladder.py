"""The ladder: down at once, up one rung at a time, and the kernel sees to what a low rung may still do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kernel.ladder import CONDITION, LadderSpec, Level, Sighting
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Inputs, WorkerStep
from tests.unit.kernel.conftest import S
from tests.unit.kernel.pipe.flight import AGENT, WAY_UP, Flight, seen


def test_down_at_once_and_up_one_rung_a_period_after_the_condition_was_clear() -> None:
    flight = Flight(agent_failed=LadderSpec(exit_after_s=5.0))
    assert flight.tick() == "model"
    flight.pilot.fails = True
    assert flight.tick() == "safe"
    flight.pilot.fails = False
    assert flight.ticks(4) == ["safe"] * 4, "not before its time is over"
    assert flight.ticks(6) == ["hold", "rule", "baseline", "previous_model", "model", "model"]


def test_a_condition_that_comes_back_begins_its_time_anew() -> None:
    flight = Flight(overrun=LadderSpec(exit_after_s=3.0, rung="rule"))
    assert flight.tick(seen("overrun")) == "rule"
    assert flight.ticks(2) == ["rule"] * 2
    assert flight.tick(seen("overrun")) == "rule"
    assert flight.ticks(3) == ["rule", "rule", "baseline"]


def test_what_an_agent_says_of_itself_climbs_no_faster() -> None:
    flight = Flight()
    flight.pilot.says = "safe"
    assert flight.tick() == "safe"
    flight.pilot.says = "model"
    assert flight.ticks(6) == [*WAY_UP[1:], "model"]


def test_an_agent_may_say_less_of_itself_than_it_could_but_not_more() -> None:
    flight = Flight()
    flight.tick()
    flight.tick(seen("overrun"))
    flight.pilot.says = "model"
    assert flight.tick() == "rule"
    flight.pilot.says = "hold"
    assert flight.tick() == "hold"


def test_bad_inputs_count_once_they_have_been_seen_without_a_break() -> None:
    flight = Flight(inputs_bad=LadderSpec(enter_after_s=3.0))
    flight.tick()
    flight.quality = 1
    assert flight.ticks(3) == ["model"] * 3
    flight.quality = 0
    flight.tick()
    flight.quality = 1
    assert flight.ticks(3) == ["model"] * 3, "the break began it anew"
    assert flight.tick() == "hold"
    assert flight.state.rungs[AGENT].condition == "inputs_bad"
    assert "100% of 2 inputs" in flight.state.rungs[AGENT].why


def test_a_drift_that_the_agent_finds_leads_to_the_model_before_and_not_further() -> None:
    flight = Flight(drift=LadderSpec(exit_after_s=4.0))
    flight.tick()
    flight.pilot.finds = True
    assert flight.tick() == "previous_model"
    assert flight.last.outputs.rungs[0].now.condition == "drift"
    assert flight.last.outputs.rungs[0].now.why == "left its forecast"
    flight.pilot.finds = False
    assert flight.ticks(4) == ["previous_model"] * 3 + ["model"]


def test_a_gate_that_stays_away_leads_to_hold_and_a_short_failure_does_not() -> None:
    flight = Flight(gate_failed=LadderSpec(enter_after_s=3.0))
    flight.tick(gate=False)
    assert flight.ticks(2) == ["model"] * 2
    for number in range(8):
        flight.pilot.wants = 40.0 + number
        flight.tick(gate=False)
    assert flight.rung == "hold"


def test_a_worker_that_gives_no_result_for_three_periods_leads_to_hold() -> None:
    flight = Flight("learning")
    flight.tick(steps=(WorkerStep(agent=AGENT, made_at_ns=1000 * S),))
    assert flight.ticks(4) == ["model", "model", "model", "hold"]
    assert flight.state.rungs[AGENT].why == "no result for 4 s"


def test_a_worker_that_never_answered_is_overdue_too() -> None:
    flight = Flight("learning")
    for _ in range(3):
        read = flight.pipe.draft(flight.state, Inputs(tick=flight.number, now_ns=flight.now_ns))
        flight.state = flight.pipe.conclude(read, ()).state
        flight.number += 1
    assert flight.tick() == "hold"


def asleep(flight: Flight, *sightings: Sighting) -> None:
    """One tick in which the worker gives nothing; the agent may stand nowhere yet."""
    inputs = Inputs(tick=flight.number, now_ns=flight.now_ns, conditions=sightings)
    flight.state = flight.pipe.conclude(flight.pipe.draft(flight.state, inputs), ()).state
    flight.number += 1


def result(flight: Flight, **said: Any) -> WorkerStep:
    return WorkerStep(agent=AGENT, made_at_ns=flight.now_ns, **said)


def test_an_agent_whose_worker_warms_up_stands_on_hold_and_with_its_first_result_where_it_says() -> None:
    flight = Flight("learning", result_overdue=LadderSpec(limit=1000.0))
    for _ in range(5):
        asleep(flight, seen("warming_up"))
        assert flight.rung == "hold"
        assert flight.state.rungs[AGENT].condition == "warming_up"
        assert flight.pipe.ladder.allowed(flight.state, AGENT) is Level.MODEL
    asleep(flight)
    assert flight.rung == "hold", "it is ready and has said nothing yet"
    assert flight.tick(seen("warming_up"), steps=(result(flight),)) == "model", (
        "a result is later than a look"
    )
    assert flight.state.footings[AGENT].held == ()


def test_warming_up_again_after_a_reload_ends_when_nobody_sees_it_any_more() -> None:
    flight = Flight("learning", result_overdue=LadderSpec(limit=1000.0))
    assert flight.tick(steps=(result(flight),)) == "model"
    asleep(flight, seen("warming_up"))
    assert flight.rung == "hold"
    asleep(flight)
    assert flight.rung == "model", "it had given results before"


def test_warming_up_lifts_no_agent_out_of_a_failure() -> None:
    flight = Flight("learning", result_overdue=LadderSpec(limit=1000.0))
    lost = result(flight, rung="safe", why_rung="gone", condition="worker_lost")
    assert flight.tick(steps=(lost,)) == "safe"
    asleep(flight, seen("warming_up"))
    assert flight.rung == "safe"
    assert flight.pipe.ladder.allowed(flight.state, AGENT) is Level.SAFE
    assert flight.tick(steps=(result(flight),)) == "safe", "a failure has to be lived down"


def test_every_condition_of_the_table_leads_to_its_rung() -> None:
    for name, condition in CONDITION.items():
        if condition.until_result:
            continue
        flight = Flight()
        flight.tick()
        flight.ticks(20, seen(name))
        assert flight.rung == condition.rung.word, name


def test_the_rung_is_a_point_from_the_next_tick_on_with_the_time_of_its_change() -> None:
    flight = Flight()
    flight.ticks(2)
    assert flight.shown == "model"
    flight.pilot.fails = True
    flight.tick()
    assert flight.shown == "model", "the image of a tick never changes inside it"
    flight.tick()
    row = flight.pipe.site.row[f"{AGENT}/rung"]
    assert flight.shown == "safe"
    assert flight.state.image.quality[row] == 0
    assert flight.state.image.at_ns[row] == 1002 * S


def test_in_format_1_an_agent_stands_on_the_rung_that_it_names() -> None:
    flight = Flight()
    flight.pipe = Pipe(
        flight.pipe.site, flight.pipe.loops, limits=flight.pipe.limits, run="r", revision="test", format=1
    )
    flight.pilot.says = "safe"
    flight.tick()
    assert flight.standing is not None, "safe was its own matter then"
    flight.pilot.says = "model"
    assert flight.tick(seen("worker_lost")) == "model"


def test_a_rung_that_is_not_on_the_ladder_is_not_admitted() -> None:
    flight = Flight()
    flight.pilot.says = "superb"
    assert flight.tick() == "safe"
    assert "no rung superb" in flight.state.rungs[AGENT].why


EVENTS = st.lists(
    st.tuples(st.sampled_from(["", *CONDITION]), st.sampled_from([level.word for level in Level])),
    min_size=1,
    max_size=40,
)


@given(EVENTS)
def test_no_run_of_conditions_lets_an_agent_climb_faster_or_stand_higher_than_it_may(events: Any) -> None:
    flight, before = Flight(), None
    for condition, says in events:
        flight.pilot.says = says
        flight.tick(*((seen(condition),) if condition else ()))
        level = Level.of(flight.rung)
        rails = flight.pipe.ladder.rails[AGENT]
        demanded, _ = rails.demanded(flight.state.footings[AGENT])
        assert level >= max(demanded, Level.of(says))
        assert before is None or level >= before - 1
        before = level

"""Admission: what it admits keeps its deadlines, and what it refuses is told with the arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.schedule.admission import Admitted, Refused, Response, admit_loops, budgets_ms
from kernel.schedule.costs import Costs
from kernel.schedule.demand import LONGEST, Demand
from kernel.schedule.loop import ControlLoop
from tests.unit.kernel.conftest import Shaver


def loop(
    name: str, period_ms: float, deadline_ms: float, priority: str = "control", **rest: Any
) -> ControlLoop:
    return ControlLoop(
        name=name,
        agent=Shaver(),
        period_s=period_ms / 1e3,
        deadline_s=deadline_ms / 1e3,
        priority=priority,
        **rest,
    )


def costs(**steps_ms: float) -> Costs:
    return Costs(fixed_ms=1.0, gate_ms=1.0, commit_ms=2.0, steps_ms=steps_ms)


def answers(loops: list[ControlLoop], given: Costs, **rest: Any) -> dict[str, Response]:
    found = admit_loops(loops, given, **({"base_tick_s": 0.1} | rest))
    return {one.loop: one for one in found.responses}


def test_a_loop_alone_answers_after_its_tick_and_its_step() -> None:
    found = answers([loop("a", 100, 50)], costs(a=10))
    assert found["a"].response_ms == pytest.approx(14.0)
    assert found["a"].slack_ms == pytest.approx(36.0)
    assert found["a"].arithmetic == "4.0 ms for a tick + a 10.0 ms = 14.0 ms"


def test_a_safety_loop_does_not_wait_for_the_others_of_its_base_tick() -> None:
    found = answers([loop("shave", 100, 100), loop("trip", 100, 20, "safety")], costs(shave=50, trip=5))
    assert found["trip"].response_ms == pytest.approx(9.0)
    assert found["shave"].response_ms == pytest.approx(63.0), "two ticks, both steps"


def test_a_safety_loop_waits_for_work_that_had_begun_before_its_release() -> None:
    found = answers([loop("plan", 1000, 1000), loop("trip", 100, 100, "safety")], costs(plan=130, trip=5))
    assert found["trip"].response_ms == pytest.approx(43.0 + 9.0)
    assert found["trip"].arithmetic.startswith("43.0 ms waiting for work begun before + 4.0 ms for a tick")


def test_phases_keep_loops_out_of_each_others_way() -> None:
    loops = [loop("a", 200, 80), loop("b", 200, 80, phase_s=0.1)]
    assert isinstance(admit_loops(loops, costs(a=50, b=50), base_tick_s=0.1), Admitted)
    together = [loop("a", 200, 80), loop("b", 200, 80)]
    assert isinstance(admit_loops(together, costs(a=50, b=50), base_tick_s=0.1), Refused)


def test_what_is_refused_is_told_with_the_arithmetic_and_by_how_much_it_misses() -> None:
    found = admit_loops([loop("a", 100, 50), loop("b", 100, 100)], costs(a=30, b=40), base_tick_s=0.1)
    assert isinstance(found, Refused)
    assert found.misses_by_ms == pytest.approx(24.0)
    assert found.lines[1] == (
        "a (control, every 100 ms): 4.0 ms for a tick + a 30.0 ms + b 40.0 ms = 74.0 ms; "
        "deadline 50 ms, misses by 24.0 ms"
    )
    assert found.lines[0].startswith(
        "a tick takes 4.0 ms besides steps: fixed 1.0, gate 1.0, durable commit 2.0"
    )


def test_more_work_than_time_is_refused() -> None:
    found = admit_loops([loop("a", 100, 100), loop("b", 200, 200)], costs(a=60, b=90), base_tick_s=0.1)
    assert isinstance(found, Refused)
    assert found.utilisation > 1.0


def test_the_clocks_factor_scales_periods_and_not_costs() -> None:
    given, loops = costs(a=10), [loop("a", 60_000, 60_000)]
    assert answers(loops, given, base_tick_s=60.0, factor=1440.0)["a"].period_ms == pytest.approx(
        41.67, abs=0.01
    )
    assert isinstance(admit_loops(loops, given, base_tick_s=60.0, factor=1440.0), Admitted)
    assert isinstance(admit_loops(loops, given, base_tick_s=60.0, factor=6000.0), Refused)


def test_loops_in_workers_cost_the_tick_no_step() -> None:
    found = admit_loops(
        [loop("a", 100, 20), loop("learn", 100, 100, "learning")], costs(a=10, learn=5000), base_tick_s=0.1
    )
    assert isinstance(found, Admitted)
    assert [one.loop for one in found.responses] == ["a"]


def test_a_hyperperiod_too_long_to_go_through_is_bounded_as_a_whole() -> None:
    periods = [7, 11, 13, 17, 19]
    loops = [loop(f"l{p}", p * 100, p * 100) for p in periods]
    given = costs(**{f"l{p}": 5.0 for p in periods})
    assert Demand.of(loops, given, base_tick_s=0.1).hyperperiod > LONGEST
    found = admit_loops(loops, given, base_tick_s=0.1)
    assert isinstance(found, Admitted)
    assert {round(one.response_ms, 6) for one in found.responses} == {29.0}
    slow = costs(**{f"l{p}": 25.0 for p in periods})
    assert {round(one.response_ms, 6) for one in admit_loops(loops, slow, base_tick_s=0.1).responses} == {
        258.0
    }


def test_a_site_without_loops_on_the_tick_is_admitted() -> None:
    assert isinstance(admit_loops([], costs(), base_tick_s=0.1), Admitted)


def test_the_blocking_of_safety_loops_is_told() -> None:
    found = admit_loops(
        [loop("plan", 1000, 1000), loop("trip", 100, 100, "safety")], costs(plan=130, trip=5), base_tick_s=0.1
    )
    assert isinstance(found, Admitted)
    assert found.blocking_ms == pytest.approx(43.0)


def test_nobody_is_held_to_a_budget_where_no_loop_asks_for_it() -> None:
    assert budgets_ms([loop("a", 100, 100)], {"a": 3.0}) == {}


def test_where_one_loop_has_a_budget_all_on_the_tick_have_one() -> None:
    loops = [
        loop("a", 100, 100, budget_ms=5.0),
        loop("b", 100, 100),
        loop("learn", 100, 100, "learning", budget_ms=9.0),
    ]
    assert budgets_ms(loops, {"b": 3.0}) == {"a": 5.0, "b": 6.0}


def test_releases_that_wait_together_are_answered_together() -> None:
    """What begins late takes up what was released meanwhile: b waits for c's step too."""
    loops = [
        loop("plan", 1000, 1000),
        loop("b", 1000, 900, phase_s=0.1),
        loop("c", 1000, 800, phase_s=0.2),
    ]
    found = answers(loops, costs(plan=250, b=10, c=20))
    assert found["b"].response_ms == pytest.approx(254.0 + 34.0 - 100.0)
    assert found["c"].response_ms == pytest.approx(254.0 + 34.0 - 200.0)

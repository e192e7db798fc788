"""A turn answers overruns as its loop's policy says, and a safety loop is never left out."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.schedule.loop import ControlLoop
from kernel.schedule.scheduler import Scheduler
from kernel.schedule.turn import GOOD_RUNS, LONGEST_STRETCH
from tests.unit.kernel.conftest import S, Shaver

MS = 1_000_000


def schedule(overrun: str = "degrade", priority: str = "control", **rest: Any) -> Scheduler:
    one = ControlLoop(
        name="a",
        agent=Shaver(),
        period_s=1.0,
        deadline_s=1.0,
        priority=priority,
        overrun=overrun,
        **{"budget_ms": 10.0} | rest,
    )
    return Scheduler.of([one], start_ns=0)


def runs(scheduler: Scheduler, costs_ms: list[float], seconds: int, begin: int = 1) -> list[int]:
    """Run for some seconds; each step takes the next cost, and the last one for ever."""
    ran, left = [], list(costs_ms)
    for second in range(begin, begin + seconds):
        agenda = scheduler.agenda(second * S)
        if agenda.rest or agenda.safety:
            ran.append(second)
            scheduler.took("a", round((left.pop(0) if len(left) > 1 else left[0]) * MS))
            scheduler.ran(["a"])
    return ran


def test_within_its_budget_a_loop_runs_in_every_period() -> None:
    assert runs(schedule(), [10.0], 5) == [1, 2, 3, 4, 5]


def test_skip_gives_up_as_many_releases_as_the_overrun_ate() -> None:
    scheduler = schedule("skip")
    assert runs(scheduler, [35.0, 5.0], 8) == [1, 5, 6, 7, 8]
    assert scheduler.turns["a"].skipped == 3
    assert scheduler.turns["a"].lost == 0


def test_coalesce_gives_up_nothing() -> None:
    scheduler = schedule("coalesce")
    assert runs(scheduler, [35.0], 4) == [1, 2, 3, 4]
    assert scheduler.turns["a"].overruns == 4


def test_degrade_runs_at_a_fraction_that_halves_with_every_overrun() -> None:
    scheduler = schedule()
    assert runs(scheduler, [25.0], 30) == [1, 4, 10, 22]
    assert scheduler.overrunning() == [("a", "took 25.0 ms, budget 10 ms; runs in every 24. period")]
    runs(scheduler, [25.0], 600, begin=31)
    assert scheduler.turns["a"].stretch == LONGEST_STRETCH


def test_a_degraded_loop_has_its_whole_rate_again_after_several_good_runs() -> None:
    scheduler = schedule()
    ran = runs(scheduler, [25.0, 5.0], 30)
    assert ran == [1, *range(4, 4 + 3 * GOOD_RUNS, 3), *range(17, 31)]
    assert scheduler.overrunning() == []


def test_a_bad_run_among_good_ones_begins_the_count_anew() -> None:
    scheduler = schedule()
    runs(scheduler, [25.0, 5.0, 5.0, 5.0, 25.0, 5.0], 40)
    assert scheduler.turns["a"].good < GOOD_RUNS
    assert scheduler.overrunning() != []


@pytest.mark.parametrize("overrun", ["skip", "degrade", "coalesce"])
def test_a_safety_loop_is_never_left_out_or_held_back(overrun: str) -> None:
    scheduler = schedule(overrun, "safety")
    assert runs(scheduler, [500.0], 5) == [1, 2, 3, 4, 5]
    assert scheduler.overrunning() == []
    assert scheduler.fits("a", 0.0)


def test_a_loop_is_held_back_while_what_it_took_lately_does_not_fit() -> None:
    scheduler = schedule("coalesce")
    scheduler.took("a", 40 * MS)
    assert not scheduler.fits("a", 39 * MS)
    assert scheduler.fits("a", 41 * MS)
    for second in range(1, 129):
        scheduler.agenda(second * S)
    assert scheduler.fits("a", 11 * MS), "forgotten by half in 64 releases"


def test_what_is_held_back_waits_or_is_given_up_as_the_policy_says() -> None:
    for overrun, waits in (("coalesce", True), ("skip", False)):
        scheduler = schedule(overrun)
        scheduler.agenda(S)
        scheduler.held_back(["a"])
        assert bool(scheduler.agenda(round(1.5 * S)).rest) == waits


def test_a_suspended_loop_is_not_released_and_loses_nothing() -> None:
    scheduler = schedule()
    scheduler.agenda(S)
    scheduler.suspend({"a"})
    assert runs(scheduler, [1.0], 5, begin=2) == []
    scheduler.suspend(())
    assert runs(scheduler, [1.0], 3, begin=7) == [7, 8, 9]
    assert scheduler.turns["a"].lost == 0


def test_what_is_reserved_is_every_budget_on_the_loop() -> None:
    assert schedule().reserved_ns(["a"]) == pytest.approx(10.2 * MS)
    assert schedule(budget_ms=None).reserved_ns(["a"]) == float("inf")
    assert schedule(priority="learning").reserved_ns(["a"]) == 0.0

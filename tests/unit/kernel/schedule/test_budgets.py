"""Budgets: who is held back, who is degraded, and when it has its whole rate again; safety never."""

from __future__ import annotations

from typing import Any

from kernel.schedule.scheduler import Scheduler
from kernel.schedule.turn import GOOD_RUNS
from tests.unit.kernel.conftest import S
from tests.unit.kernel.schedule.test_scheduler import loop

MS = 1_000_000


def of(**more: Any) -> Scheduler:
    """Two loops with a budget of 1 ms."""
    loops = [loop("trip", "safety", budget_ms=1.0, **more), loop("shave", budget_ms=1.0, **more)]
    return Scheduler.of(loops, start_ns=0)


def test_a_loop_is_held_back_where_what_it_took_lately_does_not_fit_and_a_safety_loop_never() -> None:
    scheduler = of()
    for name in ("trip", "shave"):
        scheduler.took(name, 50 * MS)
    assert not scheduler.fits("shave", 10 * MS)
    assert scheduler.fits("shave", 60 * MS)
    assert scheduler.fits("trip", 0)


def test_an_overrun_degrades_a_control_loop_and_never_a_safety_loop() -> None:
    scheduler = of(overrun="degrade")
    for name in ("trip", "shave"):
        scheduler.took(name, 3 * MS)
    assert [name for name, _ in scheduler.overrunning()] == ["shave"]
    assert scheduler.turns["trip"].stretch == 1
    assert scheduler.turns["shave"].stretch == 3


def test_after_an_overrun_skip_gives_up_the_releases_that_it_ate_and_a_safety_loop_none() -> None:
    scheduler = of(overrun="skip")
    for name in ("trip", "shave"):
        scheduler.took(name, 3 * MS)
    ran = [scheduler.agenda(second * S) for second in (1, 2, 3)]
    assert [agenda.safety for agenda in ran] == [("trip",)] * 3
    assert [agenda.rest for agenda in ran] == [(), (), ("shave",)]


def test_a_degraded_loop_has_its_whole_rate_again_only_after_several_good_runs() -> None:
    scheduler = of(overrun="degrade")
    scheduler.took("shave", 3 * MS)
    for _ in range(GOOD_RUNS - 1):
        scheduler.took("shave", MS // 2)
    assert [name for name, _ in scheduler.overrunning()] == ["shave"]
    scheduler.took("shave", MS // 2)
    assert scheduler.overrunning() == []
    assert scheduler.turns["shave"].stretch == 1


def test_a_suspended_loop_is_not_released_and_the_next_release_after_it_is_the_first() -> None:
    scheduler = of()
    scheduler.suspend({"shave"})
    assert scheduler.agenda(5 * S).rest == ()
    scheduler.suspend(())
    assert scheduler.agenda(5 * S).rest == ()
    assert scheduler.agenda(6 * S).rest == ("shave",)
    assert scheduler.turns["shave"].lost == 0

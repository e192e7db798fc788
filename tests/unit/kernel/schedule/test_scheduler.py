"""The scheduler: classes, then deadlines; every release answered once, or counted as lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.schedule.loop import CLASSES, ControlLoop
from kernel.schedule.scheduler import Agenda, Scheduler
from tests.unit.kernel.conftest import S, Shaver


def loop(name: str, priority: str = "control", period_s: float = 1.0, **rest: Any) -> ControlLoop:
    named: dict[str, Any] = {"deadline_s": period_s} | rest
    return ControlLoop(name=name, agent=Shaver(), period_s=period_s, priority=priority, **named)


def test_the_higher_class_goes_first_whatever_its_deadline() -> None:
    loops = [loop(priority, priority, period_s=5 - at) for at, priority in enumerate(CLASSES)]
    agenda = Scheduler.of(loops[::-1], start_ns=0).agenda(100 * S)
    assert (*agenda.safety, *agenda.rest) == CLASSES


def test_inside_a_class_the_earliest_deadline_goes_first() -> None:
    loops = [loop("a", deadline_s=0.9), loop("b", deadline_s=0.2), loop("c", deadline_s=0.5)]
    assert Scheduler.of(loops, start_ns=0).agenda(S).rest == ("b", "c", "a")


def test_a_deadline_counts_from_its_release_not_from_now() -> None:
    loops = [loop("slow", period_s=10.0, deadline_s=9.0), loop("fast", deadline_s=0.5)]
    scheduler = Scheduler.of(loops, start_ns=0)
    scheduler.agenda(10 * S)
    assert scheduler.agenda(18 * S).rest == ("fast", "slow"), "fast is due at 18.5 s, slow at 19 s"
    assert scheduler.agenda(19 * S).rest == ("slow", "fast"), "fast is due at 19.5 s, slow at 19 s"


def test_equals_keep_the_order_of_the_site() -> None:
    assert Scheduler.of([loop("b"), loop("a")], start_ns=0).agenda(S).rest == ("b", "a")


def test_safety_loops_have_a_tick_of_their_own_before_the_others() -> None:
    scheduler = Scheduler.of([loop("shave"), loop("trip", "safety")], start_ns=0)
    assert scheduler.agenda(S).ticks == (("trip",), ("shave",))
    assert Agenda((), ("shave",)).ticks == (("shave",),)
    assert Agenda(("trip",), ()).ticks == (("trip",),)
    assert Agenda((), ()).ticks == ((),)


def test_a_phase_moves_the_releases() -> None:
    scheduler = Scheduler.of([loop("a", period_s=10.0, phase_s=3.0)], start_ns=0)
    due = []
    for second in range(1, 35):
        if scheduler.agenda(second * S).rest:
            due.append(second)
            scheduler.ran(["a"])
    assert due == [3, 13, 23, 33]


def test_a_release_late_by_less_than_a_period_runs_at_once_and_none_is_lost() -> None:
    scheduler = Scheduler.of([loop("a", period_s=10.0)], start_ns=0)
    assert scheduler.agenda(19 * S).rest == ("a",)
    assert scheduler.ran(["a"]) == [("a", 10 * S)]
    assert scheduler.agenda(20 * S).rest == ("a",)
    assert scheduler.turns["a"].lost == 0


def test_of_several_releases_that_wait_one_runs_and_the_others_are_lost() -> None:
    scheduler = Scheduler.of([loop("a", period_s=10.0)], start_ns=0)
    assert scheduler.agenda(47 * S).rest == ("a",)
    assert scheduler.ran(["a"]) == [("a", 40 * S)]
    assert scheduler.turns["a"].lost == 3
    assert scheduler.agenda(49 * S).rest == ()


def test_what_did_not_start_waits_and_is_lost_when_its_next_release_comes() -> None:
    scheduler = Scheduler.of([loop("a", period_s=2.0)], start_ns=0)
    assert [scheduler.agenda(second * S).rest for second in (2, 3, 4)] == [("a",)] * 3
    assert scheduler.turns["a"].lost == 1


def test_what_was_released_before_the_start_is_past() -> None:
    scheduler = Scheduler.of([loop("a", period_s=10.0)], start_ns=10 * S)
    assert [scheduler.agenda(second * S).rest for second in (10, 19, 20)] == [(), (), ("a",)]


@given(
    st.lists(
        st.tuples(st.sampled_from(CLASSES), st.integers(1, 7), st.integers(0, 6)), min_size=1, max_size=6
    ),
    st.lists(st.integers(1, 30), min_size=1, max_size=60),
)
def test_every_release_runs_once_or_is_counted_as_lost(
    made: list[tuple[str, int, int]], steps: list[int]
) -> None:
    loops = [loop(str(n), c, period_s=p, phase_s=float(ph)) for n, (c, p, ph) in enumerate(made)]
    scheduler, now = Scheduler.of(loops, start_ns=0), 0
    runs = dict.fromkeys(scheduler.turns, 0)
    for step in steps:
        now += step
        agenda = scheduler.agenda(now * S)
        names = (*agenda.safety, *agenda.rest)
        assert len(set(names)) == len(names)
        for name, release_ns in scheduler.ran(names):
            assert release_ns == scheduler.turns[name].loop.release_ns(now * S), "the newest one"
            runs[name] += 1
    for one in loops:
        released = (one.release_ns(now * S) - one.release_ns(0)) // one.period_ns
        assert runs[one.name] + scheduler.turns[one.name].lost == released


@pytest.mark.parametrize("period_s", [0.1, 0.25, 3.0])
def test_the_scheduler_and_the_pipe_agree_on_what_is_due(period_s: float) -> None:
    """A recording of format 1 has no activations: the pipe then reckons itself."""
    one = loop("a", period_s=period_s)
    scheduler = Scheduler.of([one], start_ns=0)
    for n in range(1, 80):
        before, now = (n - 1) * S // 10, n * S // 10
        assert bool(scheduler.agenda(now).rest) == one.is_due(before, now)
        scheduler.ran(["a"])

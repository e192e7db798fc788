"""A loop is due once a period, on the multiples of it, however the ticks fall."""

from __future__ import annotations

import pytest

from kernel.schedule.loop import CLASSES, ON_THE_LOOP, ControlLoop
from tests.unit.kernel.conftest import S, Shaver


def loop(priority: str = "control", period_s: float = 10.0) -> ControlLoop:
    return ControlLoop(name="a", agent=Shaver(), period_s=period_s, deadline_s=1.0, priority=priority)


def test_a_loop_is_due_once_a_period_on_its_multiples() -> None:
    due = [now for now in range(1, 41) if loop().is_due((now - 1) * S, now * S)]
    assert due == [10, 20, 30, 40]


def test_a_loop_that_missed_several_periods_is_due_once() -> None:
    assert loop().is_due(5 * S, 47 * S)
    assert not loop().is_due(47 * S, 49 * S)


def test_a_period_shorter_than_the_tick_is_due_in_every_tick() -> None:
    assert all(loop(period_s=0.1).is_due(n * S, (n + 1) * S) for n in range(5))


@pytest.mark.parametrize("priority", CLASSES)
def test_only_safety_and_control_share_the_process_with_the_tick(priority: str) -> None:
    assert loop(priority).in_worker == (priority not in {"safety", "control"})
    assert frozenset({"safety", "control"}) == ON_THE_LOOP

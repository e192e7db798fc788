"""Scaled time stands until it is begun; system time is not torn by steps of the wall clock."""

from __future__ import annotations

import asyncio
import time

import pytest

from kernel.shell.clock import ScaledClock, SystemClock, VirtualClock
from tests.unit.kernel.scripted_clock import settle

S = 1_000_000_000


async def test_scaled_time_stands_still_until_it_is_begun() -> None:
    clock = ScaledClock(start_ns=7 * S, factor=1e6)
    waiting = asyncio.create_task(clock.sleep_until(7 * S + 1))
    await settle()
    assert clock.now_ns() == 7 * S
    assert not waiting.done()
    clock.begin(time.monotonic_ns())
    await waiting
    assert clock.now_ns() > 7 * S


async def test_whoever_waits_before_the_beginning_sleeps_by_the_epoch_that_comes_then() -> None:
    clock = ScaledClock(start_ns=0, factor=1.0)
    waiting = asyncio.create_task(clock.sleep_until(3600 * S))
    await settle()
    clock.begin(time.monotonic_ns() - 3600 * S)
    await asyncio.wait_for(waiting, timeout=1.0)
    assert clock.now_ns() >= 3600 * S


def test_scaled_time_stands_at_its_start_until_the_epoch_has_come() -> None:
    clock = ScaledClock(start_ns=7 * S, factor=60.0, real_start_ns=time.monotonic_ns() + 3600 * S)
    assert clock.now_ns() == 7 * S


@pytest.mark.parametrize("factor", [0.5, 1.0, 1440.0])
def test_scaled_time_runs_by_its_factor(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 105 * S)
    clock = ScaledClock(start_ns=1000 * S, factor=factor, real_start_ns=100 * S)
    assert clock.now_ns() == 1000 * S + round(5 * factor * S)


def test_clocks_of_two_processes_that_share_an_epoch_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 105 * S)
    one = ScaledClock(start_ns=0, factor=1440.0, real_start_ns=100 * S)
    other = ScaledClock(start_ns=0, factor=1440.0)
    other.begin(100 * S)
    assert one.now_ns() == other.now_ns()


def test_a_step_of_the_wall_clock_does_not_move_system_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    wall, before = time.time_ns(), clock.now_ns()
    monkeypatch.setattr(time, "time_ns", lambda: wall - 3600 * S)
    assert 0 <= clock.now_ns() - before < S
    assert clock.wall_ns() == wall - 3600 * S
    assert clock.state() == "not synchronised"


def test_system_time_is_the_wall_clocks_at_first() -> None:
    clock = SystemClock()
    assert abs(clock.wall_ns() - clock.now_ns()) < S


async def test_virtual_time_is_where_somebody_waits_for_it_and_never_goes_back() -> None:
    clock = VirtualClock(start_ns=5)
    await clock.sleep_until(9)
    await clock.sleep_until(7)
    assert clock.now_ns() == 9


@pytest.mark.parametrize("make", [SystemClock, lambda: ScaledClock(start_ns=0, factor=2.0, real_start_ns=0)])
async def test_who_sleeps_is_not_woken_before_the_time_even_where_timers_fire_early(
    make: type[SystemClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [100 * S]
    monkeypatch.setattr(time, "monotonic_ns", lambda: real[0])
    clock = make()
    due_ns = clock.now_ns() + 3 * S

    async def early(delay_s: float) -> None:
        real[0] += max(1, int(delay_s * 0.9 * S))

    monkeypatch.setattr("kernel.shell.clock.asyncio.sleep", early)
    await clock.sleep_until(due_ns)
    assert clock.now_ns() >= due_ns

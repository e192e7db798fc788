"""Every clock keeps the same contract, also on timers that fire too early."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from kernel.ports import Clock
from kernel.shell.clock import ScaledClock, SystemClock, VirtualClock
from tests.contract.check_clock import check_clock
from tests.unit.kernel.scripted_clock import ScriptedClock

MS = 1_000_000
CLOCKS = {
    "system": (SystemClock, 2 * MS),
    "scaled": (
        lambda: ScaledClock(start_ns=10**18, factor=1440.0, real_start_ns=time.monotonic_ns()),
        2880 * MS,
    ),
    "virtual": (lambda: VirtualClock(start_ns=10**18), 3_600_000 * MS),
}


@pytest.mark.parametrize(("make", "step_ns"), CLOCKS.values(), ids=CLOCKS)
async def test_every_clock_keeps_the_contract(make: Any, step_ns: int) -> None:
    await check_clock(make(), step_ns=step_ns)


@pytest.mark.parametrize(("make", "step_ns"), CLOCKS.values(), ids=CLOCKS)
async def test_a_timer_that_fires_early_wakes_nobody_before_his_time(
    make: Any, step_ns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = asyncio.sleep

    async def early(seconds: float) -> None:
        await honest(min(seconds, 0.0))

    monkeypatch.setattr(asyncio, "sleep", early)
    await check_clock(make(), step_ns=step_ns)


async def test_the_scripted_clock_of_the_tests_wakes_nobody_before_his_time() -> None:
    clock = ScriptedClock(0)
    sleeping = asyncio.create_task(clock.sleep_until(10))
    await clock.advance(0)
    await clock.advance(9)
    assert not sleeping.done()
    await clock.advance(10)
    assert sleeping.done()


async def test_the_check_finds_a_clock_that_wakes_too_early() -> None:
    class Early(VirtualClock):
        async def sleep_until(self, at_ns: int) -> None:
            await super().sleep_until(at_ns - 1)

    with pytest.raises(AssertionError, match="before his time"):
        await check_clock(Early(start_ns=0), step_ns=5)


async def test_the_check_finds_a_clock_that_goes_back() -> None:
    class Back(VirtualClock):
        def now_ns(self) -> int:
            self._now_ns -= 1
            return self._now_ns

    clock: Clock = Back(start_ns=0)
    with pytest.raises(AssertionError, match="never goes back"):
        await check_clock(clock, step_ns=5)

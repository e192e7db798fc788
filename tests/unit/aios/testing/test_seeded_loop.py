"""The seeded loop: virtual time, an order of its own for each seed, and no waiting for nothing."""

from __future__ import annotations

import asyncio

import pytest

from aios.testing.seeded_loop import NothingLeft, run_seeded


async def order_of_ten() -> list[int]:
    order: list[int] = []

    async def take(number: int) -> None:
        await asyncio.sleep(1.0)
        order.append(number)

    await asyncio.gather(*(take(number) for number in range(10)))
    return order


def test_what_is_ready_together_runs_in_an_order_of_the_seed():
    assert run_seeded(order_of_ten(), 1) == run_seeded(order_of_ten(), 1)
    assert len({tuple(run_seeded(order_of_ten(), seed)) for seed in range(8)}) > 4


def test_time_passes_only_by_waiting_and_timers_come_in_their_order():
    async def late() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []
        loop.call_later(3600.0, lambda: seen.append(loop.time()))
        loop.call_later(1e-9, lambda: seen.append(loop.time()))
        await asyncio.sleep(7200.0)
        return seen

    first, second = run_seeded(late(), 1)
    assert first == pytest.approx(1e-9)
    assert second == pytest.approx(3600.0)


def test_a_timeout_is_virtual_too():
    async def impatient() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1000.0):
                await asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().time()

    assert run_seeded(impatient(), 3) == pytest.approx(1000.0)


def test_a_deadlock_is_told_and_not_waited_for():
    async def stuck() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingLeft):
        run_seeded(stuck(), 1)

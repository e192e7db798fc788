"""R11: the supervisor does what OTP does under any schedule of crashes; a worker is back within 100 ms."""

from __future__ import annotations

import asyncio
import random
import time

from kernel.shell.restart_budget import RestartBudget
from kernel.shell.supervisor_flags import Strategy
from tests.reliability.promise import Promise, Tally
from tests.unit.kernel.crew import job
from tests.unit.kernel.shell.test_supervisor_schedules import compared
from tests.unit.kernel.shell.test_worker_process import Kept

BACK_MS = 100.0
CRASHES = 5
"""Within the budget of a subsystem."""


def attempt(seed: int, count: int) -> Tally:
    """Live random crash schedules beside the reference model, then crash real workers."""
    broken = _schedules(seed, count)
    back_ms = asyncio.run(_worst_restart_ms())
    if back_ms > BACK_MS:
        broken.append(f"a worker was back after {back_ms:.0f} ms")
    return Tally(tried=count, broken=tuple(broken), worst={"worker_restart_ms": back_ms})


def control(seed: int) -> Tally:
    """Take the budget of restarts away."""
    kept = RestartBudget.spend
    RestartBudget.spend = lambda self, now_ns: True  # type: ignore[method-assign]
    try:
        return Tally(tried=50, broken=tuple(_schedules(seed, 50)))
    finally:
        RestartBudget.spend = kept  # type: ignore[method-assign]


def _schedules(seed: int, count: int) -> list[str]:
    broken = []
    for one in range(seed, seed + count):
        strategy = random.Random(one).choice(list(Strategy))
        try:
            asyncio.run(compared(strategy, one))
        except (AssertionError, TimeoutError) as error:
            broken.append(f"{strategy.value}, seed {one}: {str(error)[:200]}")
    return broken


async def _worst_restart_ms() -> float:
    kept, worst = Kept(), 0.0
    await kept.begin()
    try:
        for _ in range(CRASHES):
            before = kept.pid
            kept.submit(job("one", told="die"))
            await kept.collected(1)
            gone = time.monotonic()
            while kept.pid in {0, before}:  # noqa: ASYNC110 - the supervisor is what is waited for
                await asyncio.sleep(0.001)
            worst = max(worst, (time.monotonic() - gone) * 1e3)
            await asyncio.to_thread(kept.pool.wait_ready)
    finally:
        await kept.supervisor.stop()
        kept.pool.close()
    return worst


PROMISE = Promise(
    id="R11",
    claim="Supervision follows OTP under any crash schedule; a crashed worker is restarted within 100 ms",
    unit="crash schedules",
    full=1000,
    reduced=100,
    attempt=attempt,
    control=control,
    alone=True,
)

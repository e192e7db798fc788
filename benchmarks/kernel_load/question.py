"""A real question: what the kernel asks its gate in a tick with so many commands."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.kernel_load.gateway import Setting, dispatch_loops, wire
from kernel.ports import Gate, GateRequest
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.site import Site
from kernel.testing import EmptyPast
from kernel.verdict import Judgement

TICKS: Final = 12
"""So many ticks pass before the question: everything is read and written by then."""
LOOPS: Final = 20
START_NS: Final = 1_700_000_000_000_000_000


class Keeper:
    """Passes questions on to a gate and keeps the last one."""

    def __init__(self, gate: Gate) -> None:
        self.revision = gate.revision
        self.asked: GateRequest | None = None
        self._gate = gate

    async def judge(self, request: GateRequest) -> Judgement:
        """Keep, and let the gate answer."""
        self.asked = request
        return await self._gate.judge(request)

    async def close(self) -> None:
        """Close the gate."""
        await self._gate.close()


def question(site: Site, gate: Gate) -> GateRequest:
    """Run a few ticks in virtual time, in each of which every set-point changes; return the last request.

    Raises:
        RuntimeError: the kernel asked about fewer commands than the site has writable points.
    """
    keeper, clock = Keeper(gate), VirtualClock(start_ns=START_NS)

    async def live() -> None:
        for _ in range(TICKS):
            await clock.sleep_until(clock.now_ns() + round(site.base_tick_s * 1e9))
            await step_buses(wired.buses)
            await wired.kernel.tick()

    with tempfile.TemporaryDirectory(prefix="aios-question-") as folder:
        setting = Setting(
            site=site,
            clock=clock,
            gate=keeper,
            workers=InlineWorkers({}, EmptyPast(START_NS), clock),
            loops=dispatch_loops(site, min(LOOPS, len(site.writable))),
            folder=Path(folder),
            live=False,
            in_memory=True,
        )
        wired = wire(setting)
        asyncio.run(live())
        wired.close()
    if keeper.asked is None or len(keeper.asked.commands) < len(site.writable):
        raise RuntimeError("the kernel did not ask about every writable point")
    return keeper.asked

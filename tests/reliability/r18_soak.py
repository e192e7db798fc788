"""R18: thirty simulated days: no leak, no file or socket more, a journal that grows with its work alone."""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from aios.folder import Folder
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.gateway.past import past_of
from aios.site import site_of
from aios.testing.simulate import quiet
from aios.testing.simulation import STARTS, _demand
from aios.testing.small_agents import Follower, Guard, small_crew
from aios.testing.small_site import TEXT
from drivers.modbus.direct import DirectLink
from kernel.point import NANOSECONDS
from kernel.schedule.loop import ControlLoop
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.site import Site
from policies.embedded import EmbeddedGate
from simulators.devices.make import make_bank
from tests.reliability.promise import Promise, Tally

TICK_S = 10.0
TICKS_A_DAY = 8640
LOOKS_A_DAY = 24
BLOCKS_A_DAY = 4000.0
"""Objects that may stay allocated a day on average, from the second tenth of the run on: noise of timers.

A gateway that kept one object a tick would show 8640.
"""
LEAK = 20
"""Objects a tick that the sabotaged gateway keeps: seen also where the process lets go of older ones."""
ENTRY_BYTES = 2000.0
"""Bytes of the journal's file per entry, index included; an entry of these runs has about 800."""
LOG_BYTES = 64e6
"""Bytes of the write-ahead log, which is folded into the file and then written from its begin again."""


class Look(NamedTuple):
    """What stood at one moment."""

    day: float
    blocks: float
    """Memory blocks that Python has allocated."""
    files: float
    """Open files and sockets."""


def attempt(seed: int, count: int) -> Tally:
    """Live through `count` days."""
    return asyncio.run(_soak(seed, count, lambda _: None))


def control(seed: int) -> Tally:
    """Half a day of a gateway that keeps some objects of every tick."""
    return asyncio.run(_soak(seed, 0.5, _keeps_everything))


def _keeps_everything(assembly: Assembly) -> None:
    kept: list[object] = []
    tick = assembly.kernel.tick

    async def keeping():
        decided = await tick()
        kept.extend(str(decided.state.tick) for _ in range(LEAK))
        return decided

    assembly.kernel.tick = keeping


async def _soak(seed: int, days: float, sabotage: Callable[[Assembly], None]) -> Tally:
    with tempfile.TemporaryDirectory(prefix="aios-soak-") as name, quiet():
        folder, clock = Folder(root=Path(name)), VirtualClock(start_ns=STARTS[0] * NANOSECONDS)
        assembly = _gateway(folder, clock, seed)
        sabotage(assembly)
        looks = [look async for look in _live(assembly, clock, days)]
        size = sum(path.stat().st_size for path in folder.commands.parent.glob("commands.db*"))
        entries = assembly.kernel.shell.journal._seq
        assembly.kernel.close()
        assembly.close()
    return _judged(looks, days=days, size=size, entries=entries)


def _gateway(folder: Folder, clock: VirtualClock, seed: int) -> Assembly:
    text = TEXT.replace("base_tick_s = 5.0", f"base_tick_s = {TICK_S}")
    site = site_of(text)
    banks = {device.name: make_bank(device, site.asset[device.asset]) for device in site.devices}
    units = {device.name: device.unit for device in site.devices}
    past = past_of(site, folder.root, clock.now_ns())
    begin_ns = clock.now_ns()

    class Measured(DirectLink):
        """A link whose device looks at the world when it is asked."""

        async def read(self, *what):
            self._bank.sense(_demand(seed, clock.now_ns() - begin_ns), clock.now_ns())
            return await super().read(*what)

    around = Surroundings(
        clock=clock,
        gate=EmbeddedGate(bundle_of(site)),
        workers=InlineWorkers(small_crew(), past, clock),
        link=lambda name: Measured(banks[name], clock, unit=units[name]),
        threaded=False,
        durable=False,
        run=f"soak-{seed}",
        loops=_loops,
    )
    return assemble(site, text, folder, around)


def _loops(site: Site) -> tuple[ControlLoop, ...]:
    classes = ((Guard(), TICK_S, "safety"), (Follower(), TICK_S, "control"))
    workers = ((agent, 60.0, "operation") for agent in small_crew().values())
    return tuple(
        ControlLoop(name=agent.name, agent=agent, period_s=period_s, deadline_s=period_s, priority=priority)
        for agent, period_s, priority in (*classes, *workers)
    )


async def _live(assembly: Assembly, clock: VirtualClock, days: float):
    for tick in range(round(days * TICKS_A_DAY)):
        await clock.sleep_until(clock.now_ns() + round(TICK_S * NANOSECONDS))
        await step_buses(assembly.buses)
        await assembly.kernel.tick()
        await asyncio.sleep(0)  # a loop that never turns never forgets the timers that were cancelled
        if tick % (TICKS_A_DAY // LOOKS_A_DAY) == 0:
            for bus in assembly.buses:
                getattr(
                    bus.driver._link._bank, "_journal", deque()
                ).clear()  # what devices remember for judges
            gc.collect()
            yield Look(tick / TICKS_A_DAY, float(sys.getallocatedblocks()), _open_files())


def _judged(looks: list[Look], *, days: float, size: int, entries: int) -> Tally:
    """Hold the middle of the second tenth against the end: what fills once, such as a ring, is no leak."""
    settled = looks[max(2, len(looks) // 10) :]
    half = len(settled) // 2
    early, late = min(one.blocks for one in settled[:half]), min(one.blocks for one in settled[half:])
    slope = (late - early) / max(settled[half].day - settled[0].day, 1e-9)
    files = settled[-1].files - settled[0].files
    broken = []
    if slope > BLOCKS_A_DAY:
        broken.append(f"{slope:.0f} memory blocks a day stay allocated")
    if files > 0:
        broken.append(f"{files:.0f} files or sockets more stay open")
    if size > LOG_BYTES + ENTRY_BYTES * entries:
        broken.append(f"the journal has {size} bytes for {entries} entries")
    worst = {"blocks_per_day": round(slope), "open_files": settled[-1].files, "journal_mb": size / 1e6}
    counts = {"entries": float(entries), "looks": float(len(looks))}
    return Tally(tried=round(days), broken=tuple(broken), counts=counts, worst=worst)


def _open_files() -> float:
    folder = Path("/proc/self/fd")
    return float(len(list(folder.iterdir()))) if folder.exists() else 0.0


PROMISE = Promise(
    id="R18",
    claim="In 30 simulated days memory, files and sockets stay constant; the journal grows with its entries",
    unit="days",
    full=30,
    reduced=1,
    attempt=attempt,
    control=control,
    seed=3,
)

"""The load of the kernel's benchmarks is what their goals say: points, changes, commands."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.bench_kernel_latency import Watcher
from benchmarks.bench_kernel_virtual import build, live
from benchmarks.bench_virtual import Counter
from benchmarks.kernel_load.field import InProcessDriver, drivers
from benchmarks.kernel_load.gateway import Setting, dispatch_loops, wire
from benchmarks.kernel_load.substation import substation
from kernel.pipe.tick import Inputs
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.testing import EmptyPast
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate

S = 1_000_000_000


@pytest.mark.parametrize(("points", "batteries"), [(50, 0), (400, 30), (10_000, 100)])
def test_a_substation_has_exactly_the_points_that_were_asked_for(points: int, batteries: int) -> None:
    site = substation(points=points, batteries=batteries, base_tick_s=0.1)
    assert (len(site.points), len(site.row), len(site.writable)) == (points, points, batteries)
    assert {point.asset for point in site.points} <= set(site.asset)


def test_a_third_of_the_measured_values_changes_with_every_reading() -> None:
    site, clock = substation(points=1000, batteries=10, base_tick_s=0.1), VirtualClock(start_ns=S)
    driver = InProcessDriver(site, clock)
    readings = [asyncio.run(driver.read()).value for _ in range(8)]
    changed = [np.count_nonzero(after != before) for before, after in pairwise(readings)]
    assert all(abs(count - 990 / 3) <= 1 for count in changed)


def test_many_devices_serve_every_row_once() -> None:
    site, clock = substation(points=1000, batteries=0, base_tick_s=0.1), VirtualClock(start_ns=S)
    rows = [row for driver in drivers(site, clock, count=7) for row in asyncio.run(driver.read()).index]
    assert sorted(rows) == list(range(1000))


def test_every_set_point_changes_is_permitted_and_read_back_in_every_tick(tmp_path: Path) -> None:
    site, clock, counter = (
        substation(points=200, batteries=30, base_tick_s=1.0),
        VirtualClock(start_ns=S),
        Counter(),
    )
    setting = Setting(
        site=site,
        clock=clock,
        gate=EmbeddedGate(load_bundle(site.policies, site)),
        workers=InlineWorkers({}, EmptyPast(S), clock),
        loops=dispatch_loops(site, 4),
        folder=tmp_path,
        live=False,
        in_memory=True,
    )
    wired = wire(setting, (counter,))

    async def ticks(count: int) -> None:
        for _ in range(count):
            await clock.sleep_until(clock.now_ns() + S)
            await step_buses(wired.buses)
            await wired.kernel.tick()

    asyncio.run(ticks(6))
    wired.close()
    assert (counter.ticks, counter.gated, counter.done) == (6, 6 * 30, 5 * 30)


def test_the_idle_kernel_of_the_virtual_benchmark_commands_nothing(tmp_path: Path) -> None:
    counter = Counter()
    wired = build(tmp_path, counter, gated=False)
    asyncio.run(live(wired, 20))
    steps = {name: s.runs for name, s in wired.kernel.statistics().items() if name.startswith("trivial")}
    wired.close()
    assert (counter.ticks, counter.gated) == (20, 0)
    assert set(steps.values()) == {20}
    assert len(steps) == 10


def test_a_multiple_without_a_tick_is_a_miss() -> None:
    watcher = Watcher(base_ns=100)

    class Nothing:
        class outputs:  # noqa: N801
            commands = receipts = ()

    for now_ns in (1000, 1103, 1410):
        watcher.heard(Inputs(tick=0, now_ns=now_ns), Nothing)  # type: ignore[arg-type]
    assert (watcher.late_ns, watcher.skipped) == ([0, 3, 10], 2)

"""What a tick costs the kernel itself: 10 000 points, a third changing, 20 trivial agents, no command.

    python -m benchmarks.bench_kernel_tick [--quick]

A live kernel (system clock, uvloop, recorder and outbox in their threads, desk and outbox listening) ticks
100 times a second and reads its in-process device between two ticks, so that the recorder's writing has its
usual share of the machine. The figure is the mean real time of a tick. A second pass over inputs that were
kept says where the time goes; a third has 200 devices of 50 points in place of one. `--quick` runs 3 s and
writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import uvloop

from benchmarks.kernel_load.gateway import Setting, Wired, trivial_loops, wire
from benchmarks.kernel_load.substation import substation
from benchmarks.results import write
from kernel.shell.clock import SystemClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.testing import EmptyPast, FakeGate

POINTS: Final = 10_000
AGENTS: Final = 20
BASE_TICK_S: Final = 0.01
SECONDS: Final = 60.0
QUICK_SECONDS: Final = 3.0
WARM_UP_TICKS: Final = 50
PROFILED_TICKS: Final = 200
SHOWN: Final = 25
COMMAND: Final = "python -m benchmarks.bench_kernel_tick"


@dataclass(slots=True)
class Costs:
    """Nanoseconds of each tick: real time, and processor time of the loop's thread."""

    real: list[int] = field(default_factory=list)
    thread: list[int] = field(default_factory=list)

    def mean_us(self) -> tuple[float, float]:
        """Return the means, us."""
        return float(np.mean(self.real)) / 1e3, float(np.mean(self.thread)) / 1e3

    def real_us(self, percent: float) -> float:
        """Return a percentile of the real time, us."""
        return float(np.percentile(self.real, percent)) / 1e3


def build(folder: Path, devices: int = 1) -> Wired:
    """Wire the kernel of the goal."""
    site, clock = substation(points=POINTS, batteries=100, base_tick_s=BASE_TICK_S), SystemClock()
    return wire(
        Setting(
            site=site,
            clock=clock,
            gate=FakeGate(),
            workers=InlineWorkers({}, EmptyPast(), clock),
            loops=trivial_loops(site, AGENTS),
            folder=folder,
            live=True,
            devices=devices,
        )
    )


async def measure(wired: Wired, seconds: float) -> Costs:
    """Tick on every multiple of the base tick; the reading comes after it, outside of the measurement."""
    costs, clock, base_ns = Costs(), wired.kernel.shell.clock, round(BASE_TICK_S * 1e9)
    await step_buses(wired.buses)
    ticks = round(seconds / BASE_TICK_S)
    for number in range(WARM_UP_TICKS + ticks):
        await clock.sleep_until(clock.now_ns() // base_ns * base_ns + base_ns)
        began, began_thread = time.perf_counter_ns(), time.thread_time_ns()
        decided = await wired.kernel.tick()
        if number >= WARM_UP_TICKS:
            costs.thread.append(time.thread_time_ns() - began_thread)
            costs.real.append(time.perf_counter_ns() - began)
        assert not decided.outputs.commands
        await step_buses(wired.buses)
    return costs


async def profiled(wired: Wired) -> pstats.Stats:
    """Profile some more ticks, without what reads the device."""
    profile = cProfile.Profile(time.thread_time)
    for _ in range(PROFILED_TICKS):
        await step_buses(wired.buses)
        profile.enable()
        await wired.kernel.tick()
        profile.disable()
        await asyncio.sleep(BASE_TICK_S)
    return pstats.Stats(profile)


def where(stats: pstats.Stats) -> list[tuple[str, float]]:
    """Return what costs most in itself, us a tick."""
    entries = stats.stats  # type: ignore[attr-defined]
    costs = [
        (f"{Path(file).name}:{line} {name}", own) for (file, line, name), (_, _, own, _, _) in entries.items()
    ]
    return [(name, own / PROFILED_TICKS * 1e6) for name, own in sorted(costs, key=lambda c: -c[1])[:SHOWN]]


async def run(folder: Path, seconds: float) -> tuple[Costs, list[tuple[str, float]], Costs]:
    """Measure with one device, profile, and measure with two hundred."""
    one = build(folder / "one")
    costs = await measure(one, seconds)
    shares = where(await profiled(one))
    one.close()
    many = build(folder / "many", devices=200)
    costs_many = await measure(many, min(seconds, 20.0))
    many.close()
    return costs, shares, costs_many


def rows(costs: Costs, many: Costs, seconds: float) -> list[dict[str, object]]:
    """Return the figures."""
    real, thread = costs.mean_us()
    figures = [
        ("kernel.tick_overhead_us", real),
        ("kernel.tick_thread_us", thread),
        ("kernel.tick_p50_us", costs.real_us(50)),
        ("kernel.tick_p99_us", costs.real_us(99)),
        ("kernel.tick_200_devices_us", many.mean_us()[0]),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": "us",
            "count": len(costs.real),
            "seconds": seconds,
            "command": COMMAND,
        }
        for name, value in figures
    ]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s instead of {SECONDS:g} s")
    quick = parser.parse_args().quick
    seconds = QUICK_SECONDS if quick else SECONDS
    with tempfile.TemporaryDirectory(prefix="aios-tick-") as folder:
        costs, shares, many = uvloop.run(run(Path(folder), seconds))
    print(f"{POINTS} points, a third changing, {AGENTS} trivial agents, no command: {len(costs.real)} ticks")
    table = rows(costs, many, seconds)
    for row in table:
        print(f"  {row['name']:32s} {row['value']:9.1f} us")
    print("where the processor time goes, us a tick, under a profiler that adds to small calls:")
    for name, own in shares:
        print(f"  {own:8.1f}  {name}")
    if not quick:
        write("kernel_tick", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Steps a second of a closed loop: 144 buses, 20 devices, 3 loops, gate and journal in every step, one core.

    python -m benchmarks.bench_world_closed_loop [--quick]

A step is a minute of the site: the world lives through it and solves its 144 buses, 20 devices feel it
through their register codecs, the gateway reads them, lets three agents decide, asks the gate, journals
(without sync), writes, and the indicators count every stretch of the world. The set-points of both loops that
steer are renewed in every tick, so every step has two commands that are gated, journalled, written and read
back. Every step is looked at: one in which a loop did not step, a command was missing or the grid was not
solved anew ends the measurement. A second pass with stopwatches says where the time goes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from aios.site import site_of
from aios.studies.ledger import GridLedger
from aios.studies.toml_text import toml_of
from aios.virtual.run import VirtualRun, prepare
from benchmarks.bench_virtual import Counter, Shares, one_core, watch_all
from benchmarks.closed_loop.made import BUSES, network_tables, site_text
from benchmarks.results import write
from kernel.pipe.tick import Decided, Inputs
from simulators.scenario import scenario_of

STEPS: Final = 10_000
QUICK_STEPS: Final = 1_500
WARM_UP: Final = 200
SHARED: Final = 2_000
DEVICES: Final = 20
LOOPS: Final = 3
STEERING: Final = 2
"""Loops that command a battery; the third orders maintenance."""
COMMAND: Final = "python -m benchmarks.bench_world_closed_loop"


class Witness(Counter):
    """Counts what the goal asks for, and the steps that did not have all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.lacking = 0

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Look at a tick."""
        before = self.gated
        super().heard(inputs, decided)
        self.lacking += len(inputs.activations or ()) != LOOPS or self.gated - before < STEERING

    def begin(self) -> None:
        """Count from here."""
        self.ticks = self.gated = self.done = self.lacking = 0


def build(folder: Path) -> tuple[VirtualRun, GridLedger, Witness]:
    """Build the run in a folder."""
    beside = folder / "site"
    beside.mkdir()
    (beside / "network.toml").write_text(toml_of(network_tables()), encoding="utf-8")
    text, counter = site_text(), Witness()
    site = site_of(text, folder=beside)
    scenario = scenario_of(site)
    run = prepare(site, text, scenario, folder, listeners=(counter,), counterfactual=False)
    if (len(run.plant.network.buses), len(run.links), len(site.loops)) != (BUSES, DEVICES, LOOPS):
        raise ValueError("the site of the measurement is not the one that the goal names")
    return run, GridLedger(run.plant.network), counter


async def live(run: VirtualRun, grid: GridLedger, steps: int) -> float:
    """Run steps; return the real seconds they took.

    Raises:
        RuntimeError: the grid was not solved anew in a step; the first one stands with what it began with.
    """
    began, world = time.perf_counter(), run.plant.world
    for number in range(steps):
        before = world.flows
        await run.step()
        if world.flows is before and world.stretches[0].since_ns > run.scenario.start_ns:
            raise RuntimeError(f"the grid was not solved in step {number}")
        for stretch in world.stretches:
            grid.step(stretch.flows, stretch.since_ns, stretch.until_ns)
        if number % 64 == 0:
            await asyncio.sleep(0)
    grid.values()
    return time.perf_counter() - began


async def measure(
    run: VirtualRun, grid: GridLedger, counter: Witness, steps: int
) -> tuple[float, float, dict[str, float]]:
    """Return seconds of the first pass, commands a step in it, and ms a step by part from a second one."""
    await live(run, grid, WARM_UP)
    counter.begin()
    seconds = await live(run, grid, steps)
    commands = counter.gated / counter.ticks
    if counter.lacking:
        raise RuntimeError(f"{counter.lacking} steps lacked a loop or a command")
    shares = Shares()
    watch_all(run, shares)
    shares.watch(grid, "step", "indicators")
    count = min(SHARED, steps)
    whole = await live(run, grid, count)
    parts = dict(sorted(shares.seconds.items(), key=lambda part: -part[1]))
    parts["rest"] = whole - sum(parts.values())
    return seconds, commands, {part: took / count * 1e3 for part, took in parts.items()}


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_STEPS} steps instead of {STEPS}")
    quick = parser.parse_args().quick
    steps = QUICK_STEPS if quick else STEPS
    core = one_core()
    with tempfile.TemporaryDirectory(prefix="aios-closed-") as folder:
        run, grid, counter = build(Path(folder))
        seconds, commands, parts = asyncio.run(measure(run, grid, counter, steps))
        unsolved = grid.values()["unconverged_steps"]
        run.close()
    print(f"{steps} steps in {seconds:.1f} s on core {core}: {steps / seconds:.0f} per second")
    print(
        f"{commands:.2f} gated commands a step, {unsolved:.0f} steps without a solution; ms a step by part:"
    )
    for part, took in parts.items():
        print(f"  {part:24s} {took:7.3f}")
    if unsolved:
        print("not every step had a solution: the goal's condition is not met")
        return 1
    if not quick:
        write("world_closed_loop", rows(steps, seconds, commands))
    return 0


def rows(steps: int, seconds: float, commands: float) -> list[dict[str, object]]:
    """Return the figures."""
    figures = (
        ("world.closed_loop_steps_per_second", steps / seconds, "1/s"),
        ("world.closed_loop_commands_per_step", commands, "1"),
    )
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "count": steps,
            "seconds": seconds,
            "seed": 7,
            "command": COMMAND,
        }
        for name, value, unit in figures
    ]


if __name__ == "__main__":
    sys.exit(main())

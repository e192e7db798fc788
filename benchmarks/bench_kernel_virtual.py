"""Ticks under the virtual clock, on one core: activations of trivial agents, and ticks with a gated command.

    python -m benchmarks.bench_kernel_virtual [--quick]

Activations: 10 loops of trivial agents on a substation of 50 points, no command, journal in memory; an
activation is one step of one agent. Gated ticks: in every tick one set-point changes, is judged by the
shipped policies, journalled on disk without sync, written and read back. Both are whole kernels: recorder,
desk and outbox listen. `--quick` runs a tenth and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.bench_virtual import Counter, one_core
from benchmarks.kernel_load.gateway import Setting, Wired, dispatch_loops, trivial_loops, wire
from benchmarks.kernel_load.substation import substation
from benchmarks.results import write
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.testing import EmptyPast, FakeGate
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate

LOOPS: Final = 10
POINTS: Final = 50
TICKS: Final = 60_000
WARM_UP_TICKS: Final = 200
START_NS: Final = 1_700_000_000_000_000_000
BASE_NS: Final = 1_000_000_000
COMMAND: Final = "python -m benchmarks.bench_kernel_virtual"


def build(folder: Path, counter: Counter, *, gated: bool) -> Wired:
    """Wire the kernel of one of the two goals."""
    site = substation(points=POINTS, batteries=1 if gated else 0, base_tick_s=BASE_NS / 1e9)
    clock = VirtualClock(start_ns=START_NS)
    gate = EmbeddedGate(load_bundle(site.policies, site)) if gated else FakeGate()
    setting = Setting(
        site=site,
        clock=clock,
        gate=gate,
        workers=InlineWorkers({}, EmptyPast(START_NS), clock),
        loops=dispatch_loops(site, 1) if gated else trivial_loops(site, LOOPS),
        folder=folder,
        live=False,
        in_memory=not gated,
    )
    return wire(setting, (counter,))


async def live(wired: Wired, ticks: int) -> float:
    """Run ticks; return the real seconds they took."""
    clock, kernel = wired.kernel.shell.clock, wired.kernel
    began = time.perf_counter()
    for _ in range(ticks):
        await clock.sleep_until(clock.now_ns() + BASE_NS)
        await step_buses(wired.buses)
        await kernel.tick()
    return time.perf_counter() - began


def measure(folder: Path, ticks: int, *, gated: bool) -> tuple[float, Counter]:
    """Return the real seconds that the ticks took, and what was counted in them."""
    counter = Counter()
    wired = build(folder, counter, gated=gated)

    async def both() -> float:
        await live(wired, WARM_UP_TICKS)
        counter.ticks = counter.gated = counter.done = 0
        return await live(wired, ticks)

    seconds = asyncio.run(both())
    wired.close()
    return seconds, counter


def row(name: str, value: float, unit: str, count: int, seconds: float) -> Mapping[str, object]:
    """Return one figure."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "count": count,
        "seconds": seconds,
        "command": COMMAND,
    }


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the ticks")
    quick = parser.parse_args().quick
    ticks = TICKS // 10 if quick else TICKS
    core = one_core()
    with tempfile.TemporaryDirectory(prefix="aios-virtual-") as folder:
        idle_s, idle = measure(Path(folder) / "idle", ticks, gated=False)
        gated_s, gated = measure(Path(folder) / "gated", ticks // 2, gated=True)
    activations = LOOPS * idle.ticks / idle_s * 60.0
    idle_ticks = f"{idle.ticks} ticks of {LOOPS} loops in {idle_s:.1f} s"
    print(f"core {core}: {idle_ticks}, {activations:.0f} activations a minute")
    print(
        f"{gated.ticks} ticks with {gated.gated} gated commands ({gated.done} done) in {gated_s:.1f} s: "
        f"{gated.ticks / gated_s:.0f} a second"
    )
    if idle.gated or gated.gated < gated.ticks or gated.done < gated.ticks - 1:
        print("a tick without its command, or a command without its end: the goals' conditions are not met")
        return 1
    if not quick:
        rows = [
            row("kernel.virtual_activations_per_minute", activations, "1/min", LOOPS * idle.ticks, idle_s),
            row("kernel.virtual_gated_ticks_per_second", gated.ticks / gated_s, "1/s", gated.ticks, gated_s),
        ]
        write("kernel_virtual", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

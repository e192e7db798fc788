"""From a block to a queued command, with gate and durable journal, on a busy machine.

    python -m benchmarks.bench_kernel_latency [--quick] [--realtime] [--page] [--workers CLASS] [--folder F]

10 000 points, a third changing, 20 loops whose agents change 100 set-points in every tick of 100 ms, an
in-process driver that answers at once, so that every command is read back and receipted in the next tick.
The shipped policies judge in their process, the journal commits with synchronous=FULL, recorder, desk and
outbox listen, and two worker processes compute without a pause. Beside it, in the same run, a bare asyncio
and a bare uvloop timer loop wake up with the same period.

Latency: from taking the newest blocks in to the last command queued at its bus. Jitter: how late a tick
takes them in, after its multiple of the base tick. Misses: ticks that took longer than the base
tick, outputs of the 20 loops after their deadline, and multiples without a tick. `--quick` runs 10 s and
writes no results. With `--page` a page asks for a snapshot of all points once a second.

The workers that never pause are of the class `learning`: a worker without a pause is one that trains. The
system gives it what others leave. `--workers operation` makes them of a class that is waited for, at niceness
5: such a worker takes its share from the gateway too, though none that gateways run computes all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop

from aios.gateway.realtime import be_prompt, be_prompt_gate, claim, claim_gate, rest_heap
from aios.shelf.at_life import GATE_BUDGET_S
from benchmarks.kernel_load.agents import Grinder, build_grinder
from benchmarks.kernel_load.gateway import Setting, Wired, dispatch_loops, wire
from benchmarks.kernel_load.substation import substation
from benchmarks.results import write
from kernel.command import Outcome
from kernel.pipe.tick import Decided, Inputs
from kernel.schedule.loop import ControlLoop
from kernel.shell.clock import SystemClock, stopwatch_ns
from kernel.shell.supervisor import Supervisor
from kernel.shell.wire import frame
from kernel.shell.worker_plan import Duty, WorkerPlan
from kernel.shell.worker_pool import WorkerPool
from policies.bundle import load_bundle
from policies.process import ProcessGate

POINTS: Final = 10_000
COMMANDS: Final = 100
LOOPS: Final = 20
WORKERS: Final = 2
BASE_TICK_S: Final = 0.1
BUSY_S: Final = 1.5
"""Processor time of a worker's step; it is given a new one every second."""
BUSY_CLASS: Final = "learning"
READ_PHASE: Final = 0.4
SECONDS: Final = 600.0
QUICK_SECONDS: Final = 10.0
PEERS: Final = ("asyncio", "uvloop")
COMMAND: Final = "python -m benchmarks.bench_kernel_latency"


class Watcher:
    """Hears every tick: how late it began, and what became of its commands."""

    def __init__(self, base_ns: int) -> None:
        self._base_ns = base_ns
        self.late_ns: list[int] = []
        self.skipped = self.commands = self.done = self.others = 0
        self._before_ns = 0

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Count."""
        late_ns = inputs.now_ns % self._base_ns
        self.late_ns.append(late_ns)
        if self._before_ns:
            self.skipped += (inputs.now_ns - late_ns - self._before_ns) // self._base_ns - 1
        self._before_ns = inputs.now_ns - late_ns
        self.commands += len(decided.outputs.commands)
        for receipt in decided.outputs.receipts:
            if receipt.outcome is Outcome.DONE:
                self.done += 1
            else:
                self.others += 1


def worker_loops(priority: str) -> tuple[ControlLoop, ...]:
    """Make the loops of a class that keep the workers busy."""
    return tuple(
        ControlLoop(
            name=f"grind{n}",
            agent=Grinder(f"grind{n}", BUSY_S),
            period_s=1.0,
            deadline_s=60.0,
            priority=priority,
        )
        for n in range(WORKERS)
    )


def crowd(clock: SystemClock, loops: Sequence[ControlLoop]) -> WorkerPool:
    """Return a pool with one process for each busy agent."""
    plans = [
        WorkerPlan(
            name=f"worker {number}",
            duties=(Duty(agent=loop.name, priority=loop.priority),),
            build=partial(build_grinder, name=loop.name, busy_s=BUSY_S),
        )
        for number, loop in enumerate(loops, 1)
    ]
    return WorkerPool(plans, now_ns=clock.now_ns, stopwatch_ns=stopwatch_ns)


async def peer(loop: str, seconds: float) -> dict[str, float]:
    """Run a bare timer loop in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.kernel_load.timer_peer", loop, str(BASE_TICK_S), str(seconds)),
        stdout=PIPE,
    )
    said, _ = await child.communicate()
    heard: dict[str, float] = json.loads(said)
    return heard


async def look(wired: Wired) -> None:
    """Be a page: ask for everything once a second, as it goes over the socket."""
    while True:
        await asyncio.sleep(1.0)
        frame(await wired.desk.snapshot_beside(wired.kernel))


async def run(
    folder: Path, seconds: float, *, realtime: bool, page: bool = False, busy: str = BUSY_CLASS
) -> tuple[Wired, Watcher, Mapping[str, dict[str, float]]]:
    """Live for so long, beside the bare loops."""
    site, clock = substation(points=POINTS, batteries=COMMANDS, base_tick_s=BASE_TICK_S), SystemClock()
    on_start = claim_gate if realtime else be_prompt_gate
    gate = ProcessGate(load_bundle(site.policies, site), budget_s=GATE_BUDGET_S, on_start=on_start)
    await gate.open()
    grinding = worker_loops(busy)
    workers = crowd(clock, grinding)
    processes = Supervisor("workers", workers.children, clock)
    await processes.start()
    await asyncio.to_thread(workers.wait_ready)
    watcher = Watcher(round(BASE_TICK_S * 1e9))
    wired = wire(
        Setting(
            site=site,
            clock=clock,
            gate=gate,
            workers=workers,
            loops=(*dispatch_loops(site, LOOPS), *grinding),
            folder=folder,
            live=True,
        ),
        (watcher,),
    )
    reading = [
        asyncio.create_task(bus.run(period_s=BASE_TICK_S, phase_s=BASE_TICK_S * READ_PHASE))
        for bus in wired.buses
    ]
    if page:
        reading.append(asyncio.create_task(look(wired)))
    rest_heap()
    be_prompt()
    if realtime:
        claim()
    try:
        peers = [asyncio.create_task(peer(name, seconds)) for name in PEERS]
        until_ns = clock.now_ns() + round(seconds * 1e9)
        await wired.kernel.run(lambda now_ns: now_ns >= until_ns)
        heard = await asyncio.gather(*peers)
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        await processes.stop()
        await gate.close()
        wired.close()
    return wired, watcher, dict(zip(PEERS, heard, strict=True))


def rows(
    wired: Wired, watcher: Watcher, peers: Mapping[str, dict[str, float]], seconds: float
) -> list[dict[str, Any]]:
    """Return the figures; the lateness of the bare uvloop timer is the baseline of the jitter."""
    statistics, ticks = wired.kernel.statistics(), len(watcher.late_ns)
    decision, tick = statistics["decision"], statistics["tick"]
    p50, p99, longest = (float(np.percentile(watcher.late_ns, p)) / 1e6 for p in (50, 99, 100))
    control = [statistics[loop.name] for loop in wired.kernel.pipe.loops if not loop.in_worker]
    misses = watcher.skipped + tick.misses + sum(loop.misses for loop in control)
    bare = peers["uvloop"]["p99_ms"]
    figures: list[tuple[str, float, str, float | None]] = [
        ("kernel.decision_latency_p99_ms", decision.p99_ms, "ms", None),
        ("kernel.decision_latency_p50_ms", decision.p50_ms, "ms", None),
        ("kernel.decision_latency_max_ms", decision.max_ms, "ms", None),
        ("kernel.tick_p99_ms", tick.p99_ms, "ms", None),
        ("kernel.start_jitter_p99_ms", p99, "ms", bare),
        ("kernel.start_jitter_p50_ms", p50, "ms", peers["uvloop"]["p50_ms"]),
        ("kernel.start_jitter_max_ms", longest, "ms", peers["uvloop"]["max_ms"]),
        ("kernel.deadline_misses", float(misses), "1", None),
        ("kernel.commands_per_tick", watcher.commands / ticks, "1", None),
        ("kernel.commands_not_done", float(watcher.others), "1", None),
        *((f"kernel.bare_{name}_p99_ms", said["p99_ms"], "ms", None) for name, said in peers.items()),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "baseline": baseline,
            "ratio": value / baseline if baseline else None,
            "count": ticks,
            "seconds": seconds,
            "command": COMMAND,
        }
        for name, value, unit, baseline in figures
    ]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s instead of {SECONDS:g} s")
    parser.add_argument("--realtime", action="store_true", help="as `aios run --realtime`; writes no results")
    parser.add_argument("--page", action="store_true", help="a page looks on; writes no results")
    parser.add_argument(
        "--workers",
        choices=("operation", BUSY_CLASS),
        default=BUSY_CLASS,
        help=f"class of the busy workers; any but {BUSY_CLASS} writes no results",
    )
    parser.add_argument("--folder", type=Path, help="where the journal lies; by default a temporary folder")
    asked = parser.parse_args()
    seconds = QUICK_SECONDS if asked.quick else SECONDS
    with tempfile.TemporaryDirectory(prefix="aios-latency-", dir=asked.folder) as folder:
        wired, watcher, peers = uvloop.run(
            run(Path(folder), seconds, realtime=asked.realtime, page=asked.page, busy=asked.workers)
        )
    table = rows(wired, watcher, peers, seconds)
    ticks = f"{len(watcher.late_ns)} ticks of {BASE_TICK_S * 1e3:g} ms"
    print(f"{ticks}, {watcher.commands} commands, {watcher.done} done:")
    for row in table:
        beside = "" if row["baseline"] is None else f"  beside {row['baseline']:.2f}"
        print(f"  {row['name']:34s} {row['value']:9.2f} {row['unit']}{beside}")
    print(f"  bare loops: {peers}")
    if watcher.commands < (len(watcher.late_ns) - 2) * COMMANDS:
        print(f"fewer than {COMMANDS} commands a tick: the goal's condition is not met")
        return 1
    if not (asked.quick or asked.realtime or asked.page or asked.workers != BUSY_CLASS):
        write("kernel_latency", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

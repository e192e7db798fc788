"""Ticks a second under the virtual clock: substation nord with a base tick of 1 s, on one core.

    python -m benchmarks.bench_virtual [--quick]

The whole of `aios simulate` runs: the simulated world with its 14 devices, drivers, pipe, agents, gate,
durable journal, recorder and listeners. The battery's set-point is renewed every 10 s, so at least one gated
command is journalled, written and read back in every 10 ticks; more come when the peak shaver changes its
mind. Control runs on every tick, as in nord. A second pass with stopwatches says where the time goes.
`--quick` runs 2000 ticks and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, Final

import aios
from aios.site import site_of
from aios.virtual.run import VirtualRun, prepare
from benchmarks.results import write
from kernel.command import Outcome, Receipt
from kernel.pipe.tick import Decided, Inputs
from simulators.scenario import scenario_of

TICKS: Final = 20_000
QUICK_TICKS: Final = 2_000
WARM_UP_TICKS: Final = 100
SHARED_TICKS: Final = 3_000
COMMAND: Final = "python -m benchmarks.bench_virtual"
_NORD: Final = Path(aios.__file__).parent / "sites" / "nord.toml"
_CHANGES: Final = (
    ("base_tick_s = 60.0", "base_tick_s = 1.0"),
    ("stale_s = 300.0", "stale_s = 5.0"),
    ("stale_s = 200.0", "stale_s = 5.0"),
    ("feedback_s = 300.0", "feedback_s = 5.0"),
    ("validity_s = 120.0", "validity_s = 3.0"),
    ("renew_s = 180.0", "renew_s = 10.0"),
    ("reversion_s = 600.0", "reversion_s = 40.0"),
    (
        'kind = "peak_shaving"\nperiod_s = 60.0\ndeadline_s = 60.0',
        'kind = "peak_shaving"\nperiod_s = 1.0\ndeadline_s = 1.0',
    ),
)
"""Times of nord that fit its minute-long tick, and what fits a second."""


class Counter:
    """Hears every tick and counts what the goal asks for."""

    def __init__(self) -> None:
        self.ticks = 0
        self.gated = 0
        self.done = 0

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Count gated commands and those that were read back."""
        del inputs
        self.ticks += 1
        self.gated += sum(command.authority == "gate" for command in decided.outputs.commands)
        self.done += sum(_is_done(receipt) for receipt in decided.outputs.receipts)


def _is_done(receipt: Receipt) -> bool:
    return receipt.outcome is Outcome.DONE


def site_text() -> str:
    """Return nord with a base tick and a peak shaver of one second; the observers keep their periods.

    Raises:
        ValueError: nord has changed so that a time to be replaced is not there once.
    """
    text = _NORD.read_text(encoding="utf-8")
    for before, after in _CHANGES:
        text, count = re.subn(rf"(?m)^{re.escape(before)}\b", after, text)
        if count != 1:
            raise ValueError(f"nord has {count} lines that begin with {before!r}")
    return text


def build(folder: Path) -> tuple[VirtualRun, Counter]:
    """Build the run in a folder, with a listener that counts."""
    text, counter = site_text(), Counter()
    site = site_of(text)
    run = prepare(site, text, scenario_of(site), folder)
    _listen(run, counter)
    return run, counter


def _listen(run: VirtualRun, counter: Counter) -> None:
    """Add a listener to a kernel that stands already."""
    kernel = run.gateway.kernel
    kernel.shell = replace(kernel.shell, listeners=(*kernel.shell.listeners, counter))


async def live(run: VirtualRun, ticks: int) -> float:
    """Run ticks; return the real seconds they took."""
    began = time.perf_counter()
    for _ in range(ticks):
        await run.step()
    return time.perf_counter() - began


class Shares:
    """Stopwatches around the parts of a run: what each costs without the parts inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner: list[float] = [0.0]

    def watch(self, owner: Any, method: str, part: str) -> None:
        """Put a stopwatch around one method of one object."""
        inner: Callable[..., Any] = getattr(owner, method)
        if iscoroutinefunction(inner):

            async def timed_async(*arguments: Any, **named: Any) -> Any:
                began = self._begin()
                try:
                    return await inner(*arguments, **named)
                finally:
                    self._end(part, began)

            setattr(owner, method, timed_async)
            return

        def timed(*arguments: Any, **named: Any) -> Any:
            began = self._begin()
            try:
                return inner(*arguments, **named)
            finally:
                self._end(part, began)

        setattr(owner, method, timed)

    def _begin(self) -> float:
        self._inner.append(0.0)
        return time.perf_counter()

    def _end(self, part: str, began: float) -> None:
        took = time.perf_counter() - began
        self.seconds[part] += took - self._inner.pop()
        self._inner[-1] += took


def watch_all(run: VirtualRun, shares: Shares) -> None:
    """Put stopwatches around world, buses, draft, conclusion, gate, journal, recorder, workers, listeners."""
    kernel = run.gateway.kernel
    shares.watch(run.plant.world, "advance", "world")
    for bus in run.gateway.buses:
        shares.watch(bus, "flush", "buses")
        shares.watch(bus, "poll", "buses")
    shares.watch(kernel.pipe, "draft", "draft")
    shares.watch(kernel.pipe, "redraft", "draft")
    shares.watch(kernel.pipe, "conclude", "conclude")
    for loop in kernel.pipe.loops:
        if not loop.in_worker:
            shares.watch(loop.agent, "step", f"agent {loop.name}")
    shares.watch(kernel.shell.gate, "judge", "gate")
    shares.watch(kernel.shell.journal, "append", "journal")
    shares.watch(kernel.recording, "keep", "recorder")
    shares.watch(kernel.shell.workers, "submit", "workers")
    for listener in kernel.shell.listeners:
        shares.watch(listener, "heard", f"listener {type(listener).__name__}")


def rows(seconds: float, counter: Counter, shares: dict[str, float]) -> list[dict[str, object]]:
    """Return the figures; shares are of the second pass."""
    figures = [
        ("demo.virtual_ticks_per_second", counter.ticks / seconds, "1/s"),
        ("virtual.gated_commands_per_10_ticks", 10.0 * counter.gated / counter.ticks, "1"),
        ("virtual.commands_done", float(counter.done), "1"),
        *((f"virtual.share.{part.replace(' ', '_')}", share, "1") for part, share in shares.items()),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "count": counter.ticks,
            "seconds": seconds,
            "seed": 7,
            "command": COMMAND,
        }
        for name, value, unit in figures
    ]


async def measure(run: VirtualRun, counter: Counter, ticks: int) -> tuple[float, Counter, dict[str, float]]:
    """Measure the rate, then in a second pass the shares of the parts."""
    await live(run, WARM_UP_TICKS)
    counter.ticks = counter.gated = counter.done = 0
    seconds = await live(run, ticks)
    counted = Counter()
    counted.ticks, counted.gated, counted.done = counter.ticks, counter.gated, counter.done
    shares = Shares()
    watch_all(run, shares)
    whole = await live(run, min(SHARED_TICKS, ticks))
    run.close()
    parts = {part: took / whole for part, took in sorted(shares.seconds.items(), key=lambda p: -p[1])}
    return seconds, counted, parts | {"rest": 1.0 - sum(parts.values())}


def one_core() -> int:
    """Bind this process to one core; return its number."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_TICKS} ticks instead of {TICKS}")
    quick = parser.parse_args().quick
    core = one_core()
    with tempfile.TemporaryDirectory(prefix="aios-virtual-") as folder:
        run, heard = build(Path(folder))
        seconds, counter, shares = asyncio.run(measure(run, heard, QUICK_TICKS if quick else TICKS))
    print(
        f"{counter.ticks} ticks in {seconds:.1f} s on core {core}: {counter.ticks / seconds:.0f} per second"
    )
    print(f"{counter.gated} gated commands, {counter.done} done; ms a tick and share by part:")
    for part, share in shares.items():
        print(f"  {part:24s} {share * seconds / counter.ticks * 1e3:7.3f} ms {share * 100:5.1f} %")
    if counter.gated * 10 < counter.ticks:
        print("fewer than one gated command in 10 ticks: the goal's condition is not met")
        return 1
    if not quick:
        write("virtual", rows(seconds, counter, shares))
    return 0


if __name__ == "__main__":
    sys.exit(main())

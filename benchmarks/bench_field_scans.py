"""Two hundred devices of a hundred registers: is every scan in its period, what it costs, how late it is.

    python -m benchmarks.bench_field_scans [--quick]

At 1 s a whole gateway (`aios run`: kernel, image, recorder, outbox) reads the devices, which run in a process
of their own and write down when each was asked. A scan is in its period when its device was asked within half
a period of when it was due. The share of a core is the processor time of the gateway's process, kernel and
all, over the time that passed.

At 10 Hz the field part alone (buses, drivers, links) reads the same devices from this process under uvloop,
in turn with a raw client that sends without waiting and with a loop around bare pymodbus. The latency of a
scan counts from when it was due until its values are there: a Block of a hundred values for ours, a list of
registers for pymodbus, nothing for the raw client. A scan that was left out counts as late by its period.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.field_load.devices import HOST, REGISTERS, serving
from benchmarks.field_load.meter import drivers_of, site_text, write_map
from benchmarks.field_load.raw_client import raw_client
from benchmarks.results import write
from kernel.command import Command, Sent
from kernel.measurement import Block
from kernel.ports import Driver
from kernel.shell.bus import Bus
from kernel.shell.clock import SystemClock

DEVICES: Final = 200
SECONDS_AT_1S: Final = 300.0
SECONDS_AT_10HZ: Final = 120.0
QUICK: Final = 0.05
"""Share of the time for a quick run."""
TURNS: Final = 6
PERIOD_S: Final = 0.1
WARM_UP_S: Final = 5.0
READY_S: Final = 60.0
COMMAND: Final = "python -m benchmarks.bench_field_scans"
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the processor time of a process, all its threads, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def in_period_percent(asked_ns: Sequence[Sequence[int]], begin_ns: int, periods: int) -> float:
    """Return of how many periods of how many devices a reading fell into, per cent.

    The periods of a device begin half a second before its first reading in the time that is looked at: its
    phase is its own.

    >>> in_period_percent([[0, 1_010_000_000], [500_000_000, 600_000_000]], 0, 2)
    75.0
    """
    hit = 0
    for times in asked_ns:
        seen = [one for one in times if one >= begin_ns]
        numbers = {round((one - seen[0]) / 1e9) for one in seen}
        hit += sum(number in numbers for number in range(periods))
    return 100.0 * hit / (periods * len(asked_ns))


async def at_one_second(folder: Path, seconds: float) -> dict[str, float]:
    """Run a whole gateway on the devices."""
    with serving(DEVICES, folder) as field:
        write_map(folder)
        file = folder / "site.toml"
        file.write_text(site_text(field.ports), encoding="utf-8")
        with (folder / "log").open("ab") as said:
            gateway = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "aios", "run", str(file), "--folder", str(folder / "gateway")),
                stdin=DEVNULL, stdout=PIPE, stderr=said,
            )  # fmt: skip
        try:
            assert gateway.stdout is not None
            async with asyncio.timeout(READY_S):
                line = await gateway.stdout.readline()
            if not line or not json.loads(line).get("ready"):
                raise RuntimeError((folder / "log").read_text()[-2000:])
            await asyncio.sleep(WARM_UP_S)
            began_ns, began_cpu = time.monotonic_ns(), cpu_s(gateway.pid)
            await asyncio.sleep(seconds)
            took_s = (time.monotonic_ns() - began_ns) / 1e9
            share = (cpu_s(gateway.pid) - began_cpu) / took_s
            await asyncio.sleep(1.5)
        finally:
            with suppress(ProcessLookupError):
                gateway.terminate()
            await gateway.wait()
    asked_ns = field.asked_ns()
    return {
        "percent": in_period_percent(asked_ns, began_ns, int(took_s)),
        "share": share,
        "scans": float(sum(began_ns <= one < began_ns + took_s * 1e9 for times in asked_ns for one in times)),
    }


class Lateness:
    """How late each scan of each device was, milliseconds, by when it was due."""

    def __init__(self, devices: int) -> None:
        self._phase_ns = [round(PERIOD_S * 1e9 * (place + 0.5) / devices) for place in range(devices)]
        self._period_ns = round(PERIOD_S * 1e9)
        self._last_ns: dict[int, int] = {}
        self.late_ms: list[float] = []
        self.left_out = 0
        self.cpu_s = 0.0
        self.seconds = 0.0

    def phase_s(self, place: int) -> float:
        """Return by how much the scans of a device follow the full period."""
        return self._phase_ns[place] / 1e9

    def due_ns(self, place: int, now_ns: int) -> int:
        """Return when the scan was due that begins now."""
        phase_ns = self._phase_ns[place]
        return (now_ns - phase_ns) // self._period_ns * self._period_ns + phase_ns

    def next_ns(self, place: int, now_ns: int) -> int:
        """Return when the next scan is due."""
        return self.due_ns(place, now_ns) + self._period_ns

    def begin_turn(self) -> None:
        """Nothing was left out between two turns."""
        self._last_ns.clear()

    def done(self, place: int, due_ns: int, now_ns: int) -> None:
        """Count a scan, and those before it that were left out."""
        before_ns = self._last_ns.get(place, due_ns - self._period_ns)
        self.left_out += max(0, (due_ns - before_ns) // self._period_ns - 1)
        self._last_ns[place] = due_ns
        self.late_ms.append((now_ns - due_ns) / 1e6)

    def all_ms(self) -> list[float]:
        """Return the lateness of every scan; one that was left out is late by its period."""
        return [*self.late_ms, *[PERIOD_S * 1e3] * self.left_out]


class Timed:
    """A driver that notes how late its readings are."""

    def __init__(self, driver: Driver, place: int, clock: SystemClock) -> None:
        self.name, self.points = driver.name, driver.points
        self._driver, self._place, self._clock = driver, place, clock
        self.lateness: Lateness

    async def open(self) -> None:
        """Connect."""
        await self._driver.open()

    async def read(self) -> Block:
        """Read and note."""
        due_ns = self.lateness.due_ns(self._place, self._clock.now_ns())
        block = await self._driver.read()
        self.lateness.done(self._place, due_ns, self._clock.now_ns())
        assert not block.quality.any()
        return block

    async def write(self, command: Command) -> Sent:
        """Write."""
        return await self._driver.write(command)

    async def close(self) -> None:
        """Release the link."""
        await self._driver.close()


Turn = Callable[[Lateness, float], Awaitable[None]]


async def ours(drivers: Sequence[Timed], clock: SystemClock, lateness: Lateness, seconds: float) -> None:
    """Let our buses read."""
    buses = []
    for driver in drivers:
        driver.lateness = lateness
        buses.append(Bus(driver, clock))
    running = [
        asyncio.ensure_future(bus.run(period_s=PERIOD_S, phase_s=lateness.phase_s(place)))
        for place, bus in enumerate(buses)
    ]
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        await asyncio.sleep(1.0)
        for bus in buses:
            bus.take()
    await ended(running)


async def ended(running: Sequence[asyncio.Future[Any]]) -> None:
    """End tasks; `asyncio.wait_for` of Python 3.11 forgets a cancellation that meets its answer."""
    left = set(running)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)


async def bare(ports: Sequence[int], clock: SystemClock, lateness: Lateness, seconds: float) -> None:
    """Let a loop around bare pymodbus read each device."""

    async def one(place: int, port: int) -> None:
        client = AsyncModbusTcpClient(HOST, port=port, retries=0, timeout=5)
        assert await client.connect()
        try:
            while True:
                due_ns = lateness.next_ns(place, clock.now_ns())
                await clock.sleep_until(due_ns)
                answer = await client.read_holding_registers(0, count=REGISTERS, device_id=1)
                assert not answer.isError()
                lateness.done(place, due_ns, clock.now_ns())
        finally:
            client.close()

    running = [asyncio.ensure_future(one(place, port)) for place, port in enumerate(ports)]
    await asyncio.sleep(seconds)
    await ended(running)


async def raw(ports: Sequence[int], clock: SystemClock, lateness: Lateness, seconds: float) -> None:
    """Let a client that sends without waiting read each device."""

    async def one(place: int, port: int) -> None:
        due: dict[int, int] = {}
        client = await raw_client(port, lambda number: lateness.done(place, due.pop(number), clock.now_ns()))
        try:
            while True:
                due_ns = lateness.next_ns(place, clock.now_ns())
                await clock.sleep_until(due_ns)
                due[client.send()] = due_ns
        finally:
            client.close()

    running = [asyncio.ensure_future(one(place, port)) for place, port in enumerate(ports)]
    await asyncio.sleep(seconds)
    await ended(running)


async def at_ten_hertz(folder: Path, seconds: float) -> dict[str, Lateness]:
    """Let the three take turns."""
    clock = SystemClock()
    with serving(DEVICES, folder) as field:
        drivers = [
            Timed(driver, place, clock) for place, driver in enumerate(drivers_of(field.ports, folder, clock))
        ]
        turns: dict[str, Turn] = {
            "driver": partial(ours, drivers, clock),
            "pymodbus": partial(bare, field.ports, clock),
            "raw": partial(raw, field.ports, clock),
        }
        found = {name: Lateness(DEVICES) for name in turns}
        for number in range(TURNS):
            for name, turn in turns.items():
                found[name].begin_turn()
                began, cpu = time.monotonic(), time.process_time()
                await turn(found[name], seconds / TURNS)
                found[name].cpu_s += time.process_time() - cpu
                found[name].seconds += time.monotonic() - began
            counts = ", ".join(f"{name} {len(one.late_ms)}" for name, one in found.items())
            print(f"turn {number + 1} of {TURNS}, scans so far: {counts}")
    return found


def rows(slow: dict[str, float], fast: dict[str, Lateness], seconds: float) -> list[dict[str, Any]]:
    """Return the figures."""
    late = {name: np.asarray(found.all_ms()) for name, found in fast.items()}
    p50, p99 = ({name: float(np.percentile(one, at)) for name, one in late.items()} for at in (50, 99))
    once = {"count": int(slow["scans"]), "seconds": seconds, "command": COMMAND}
    table: list[dict[str, Any]] = [
        {"name": "field.scans_in_period_percent", "value": slow["percent"], "unit": "%", **once},
        {"name": "field.gateway_core_share_at_1s", "value": slow["share"], "unit": "1", **once},
    ]
    for name, found in fast.items():
        words = "field.scan" if name == "driver" else f"field.{name}_scan"
        often = {"count": len(found.late_ms), "seconds": found.seconds, "command": COMMAND}
        compared = {"baseline": p99["pymodbus"], "ratio": p99[name] / p99["pymodbus"]}
        table += [
            {"name": f"{words}_p99_ms_at_10hz", "value": p99[name], "unit": "ms", **compared, **often},
            {"name": f"{words}_p50_ms_at_10hz", "value": p50[name], "unit": "ms", **often},
            {"name": f"{words}_share_at_10hz", "value": found.cpu_s / found.seconds, "unit": "1", **often},
        ]
    return table


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the time, no results written")
    quick = parser.parse_args().quick
    seconds = (SECONDS_AT_1S * (QUICK if quick else 1.0), SECONDS_AT_10HZ * (QUICK if quick else 1.0))
    with tempfile.TemporaryDirectory(prefix="aios-scans-") as folder:
        slow = asyncio.run(at_one_second(Path(folder), seconds[0]))
        print(f"a whole gateway at 1 s: {slow['percent']:.3f} % in period, {slow['share']:.3f} of a core")
        fast = uvloop.run(at_ten_hertz(Path(folder), seconds[1]))
    table = rows(slow, fast, seconds[0])
    print(f"{DEVICES} devices x {REGISTERS} registers")
    for row in table:
        print(f"  {row['name']:44s} {row['value']:10.3f} {row['unit']}")
    if not quick:
        write("field_scans", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The gateway's side of a faulty field: drivers, lines and buses as composed for a site, on real sockets."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aios.gateway.buses import buses_of
from benchmarks.faulty_field.devices import A_LINE, DEVICES, ILL
from drivers.modbus.map import load_map
from kernel.measurement import Block
from kernel.point import NANOSECONDS
from kernel.shell.bus import Bus
from kernel.shell.clock import SystemClock
from kernel.site import Device, Site

TIMEOUT_S: Final = 0.25
PHASE_S: Final = 0.4
SCAN_S: Final = 1.0
LATE_S: Final = 0.5
"""A reading that ends later than this after it was due misses its deadline."""
SETTLE_S: Final = 2.0
"""Connections are made before anything is counted, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the healthy devices of a field missed."""

    due: int
    """Scans that were wanted of them."""
    lost: int
    """Scans without a reading in their period."""
    late: int = 0
    """Readings that ended later than half a scan after they were due."""

    @property
    def percent(self) -> float:
        """Share of the scans that was lost, %."""
        return 100.0 * self.lost / max(1, self.due)


def site_on(ports: Sequence[int], *, shared: bool) -> Site:
    """Return a site of fifty meters on these ports."""
    devices = tuple(
        Device(
            name=f"d{number}",
            asset=f"f{number}",
            map="feeder_meter",
            port=ports[number // A_LINE] if shared else ports[number],
            unit=1 + number % A_LINE if shared else 1,
            timeout_s=TIMEOUT_S,
        )
        for number in range(DEVICES)
    )
    points = [point for d in devices for point in load_map(d.map).points(d.asset, source=d.name)]
    return Site(
        name="faulty",
        title="Fifty meters",
        base_tick_s=SCAN_S,
        assets=(),
        points=tuple(points),
        devices=devices,
        loops=(),
        digest="",
    )


def sick(*, shared: bool) -> set[str]:
    """Name the ill devices."""
    if shared:
        return {f"d{number}" for number in range(A_LINE - 1, DEVICES, A_LINE)}
    return {f"d{number}" for number in range(DEVICES - len(ILL), DEVICES)}


class TimedBus(Bus):
    """A bus that counts the readings which ended late."""

    late = 0

    def _keep(self, block: Block) -> None:
        after_s = self._clock.now_ns() % NANOSECONDS / NANOSECONDS - PHASE_S
        self.late += not 0.0 <= after_s <= LATE_S
        super()._keep(block)


async def real_field(*, seconds: float, shared: bool) -> Outcome:
    """Read fifty devices for a while; return what the healthy ones missed."""
    field = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.faulty_field.devices", "shared" if shared else "own"),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert field.stdout is not None
    assert field.stdin is not None
    try:
        ports = json.loads(await field.stdout.readline())
        return await _read(site_on(ports, shared=shared), seconds, sick(shared=shared))
    finally:
        field.stdin.close()
        await field.wait()


async def _read(site: Site, seconds: float, ill: set[str]) -> Outcome:
    clock = SystemClock()
    buses = buses_of(site, clock, lambda _: None)
    for bus in buses:
        bus.__class__ = TimedBus
    tasks = [asyncio.ensure_future(bus.run(period_s=SCAN_S, phase_s=PHASE_S)) for bus in buses]
    healthy = [bus for bus in buses if isinstance(bus, TimedBus) and bus.driver.name not in ill]
    await _end_of_a_scan(clock, SETTLE_S)
    before = missed(healthy, clock.now_ns())
    await _end_of_a_scan(clock, seconds)
    after = missed(healthy, clock.now_ns())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Outcome(due=after.due - before.due, lost=after.lost - before.lost, late=after.late - before.late)


async def _end_of_a_scan(clock: SystemClock, after_s: float) -> None:
    """Return shortly before a period ends: what was wanted in it has then been read, or is lost."""
    whole = (clock.now_ns() + round(after_s * NANOSECONDS)) // NANOSECONDS
    await clock.sleep_until(whole * NANOSECONDS + round(0.98 * NANOSECONDS))


def missed(buses: Sequence[TimedBus], now_ns: int) -> Outcome:
    """Return what some buses missed until now."""
    due = sum(bus.pace.due(now_ns) for bus in buses)
    return Outcome(
        due=due, lost=due - sum(bus.pace.kept for bus in buses), late=sum(bus.late for bus in buses)
    )

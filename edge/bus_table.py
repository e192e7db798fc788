"""The table of buses: what `aios bus`, the metrics and the page show of devices and their wires."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kernel.point import NANOSECONDS
from kernel.shell.bus import Bus
from kernel.shell.wire import Buses, DeviceBrief, DeviceState
from kernel.traffic import Brief, LineState, Traffic

LATE: Final = 1.5
"""Wanted times between two readings from which a device counts as late."""
AWAY: Final = 3.0
"""Wanted times without anything new from which a device counts as away."""
STRETCH: Final = 20
DOUBTFUL_PERCENT: Final = 1.0
"""Share of requests without an answer that fits from which a device counts as doubtful."""


async def bus_table(buses: Sequence[Bus], now_ns: int) -> Buses:
    """Return every bus as it stands; between two stretches of devices the tick may have its turn."""
    devices = []
    for place, bus in enumerate(buses):
        if place % STRETCH == STRETCH - 1:
            await asyncio.sleep(0)
        devices.append(_device(bus, now_ns))
    return Buses(now_ns=now_ns, devices=tuple(devices), lines=lines_of(buses))


def lines_of(buses: Iterable[Bus]) -> tuple[LineState, ...]:
    """Return the wires that several devices share, each once."""
    found: dict[str, LineState] = {}
    for bus in buses:
        tell = getattr(bus.driver, "line", None)
        line = tell() if tell is not None else None
        if line is not None:
            found[line.line] = line
    return tuple(found.values())


def briefs(buses: Iterable[Bus], now_ns: int) -> Iterator[DeviceBrief]:
    """Yield the devices without what takes time to reckon: for every snapshot."""
    for bus in buses:
        tell = getattr(bus.driver, "brief", None)
        brief = tell() if tell is not None else Brief()
        pace = bus.pace
        yield DeviceBrief(
            device=bus.driver.name,
            state=_state(bus, brief, 0.0, now_ns),
            wanted_s=pace.wanted_s,
            reached_s=_finite(pace.reached_s(now_ns)),
            lost=max(0, pace.due(now_ns) - pace.kept - 1),
            line=brief.line,
            breaker=brief.breaker,
            stretch=brief.stretch,
        )


def _device(bus: Bus, now_ns: int) -> DeviceState:
    tell = getattr(bus.driver, "traffic", None)
    traffic = tell() if tell is not None else Traffic()
    pace, due = bus.pace, bus.pace.due(now_ns)
    return DeviceState(
        device=bus.driver.name,
        state=_state(bus, traffic, traffic.error_percent, now_ns),
        wanted_s=pace.wanted_s,
        reached_s=_finite(pace.reached_s(now_ns)),
        kept_percent=100.0 * min(1.0, pace.kept / max(1, due - 1)) if due else 0.0,
        lost=max(0, due - pace.kept - 1),
        age_s=None if pace.last_ns is None else (now_ns - pace.last_ns) / NANOSECONDS,
        waiting=bus.queues()[0].depth,
        traffic=traffic,
        error_percent=traffic.error_percent,
    )


def _state(bus: Bus, brief: Brief | Traffic, error_percent: float, now_ns: int) -> str:
    """Say in one word how a device is."""
    pace = bus.pace
    if pace.last_ns is None:
        return "away" if pace.due(now_ns) > AWAY or brief.breaker != "closed" else "new"
    silent_s = (now_ns - pace.last_ns) / NANOSECONDS
    if brief.breaker != "closed" or silent_s > AWAY * pace.wanted_s * brief.stretch:
        return "away"
    if brief.stretch > 1 or pace.reached_s(now_ns) > LATE * pace.wanted_s:
        return "late"
    return "doubtful" if error_percent > DOUBTFUL_PERCENT else "ok"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

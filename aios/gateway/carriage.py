"""Whether the buses of a site can carry its control loops, before it starts and while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import structlog

from aios.gateway.agents import loops_of
from aios.gateway.scans import points_s, wanted
from drivers.modbus.wire_time import WireLoad, wire_loads
from kernel.ladder import Sighting
from kernel.pipe.tick import Decided, Inputs
from kernel.point import NANOSECONDS
from kernel.schedule.carriage import Uncarried, uncarried
from kernel.schedule.loop import ControlLoop
from kernel.shell.bus import Bus
from kernel.shell.inbox import Inbox
from kernel.shell.kernel import Kernel
from kernel.site import Site

log = structlog.get_logger()

CONDITION: Final = "bus_too_slow"
LOOK_S: Final = 1.0
"""Operational seconds between two looks at the buses, or a tick where that is longer."""
MARGIN: Final = 1.5
"""How many times what it needs a running loop may wait: one lost reading is no slow bus."""


def loads_of(site: Site, *, factor: float = 1.0) -> list[WireLoad]:
    """Reckon what the devices of a site ask of their wires; `factor` is operational seconds in a real one."""
    modbus = [device for device in site.devices if device.protocol.startswith("modbus")]
    return wire_loads(modbus, wanted(site), factor=factor)


def uncarried_loops(
    site: Site,
    loads: Iterable[WireLoad],
    *,
    factor: float = 1.0,
    loops: tuple[ControlLoop, ...] | None = None,
) -> list[Uncarried]:
    """Return the loops of a site that its wires cannot carry, as reckoned."""
    readings_s = {device: s * factor for load in loads for device, s in load.reached_s.items()}
    reached_s = dict(points_s(site, wanted(site), readings_s))
    return list(uncarried(loops or loops_of(site), device_of(site), reached_s))


def device_of(site: Site) -> dict[str, str]:
    """Return the device of every point that a device serves."""
    devices = {device.name for device in site.devices}
    return {point.name: point.source for point in site.points if point.source in devices}


class BusWatch:
    """Hears ticks, and lets the next one see which loops their buses do not carry."""

    def __init__(self) -> None:
        """Wait for a gateway."""
        self._loops: tuple[ControlLoop, ...] = ()
        self._device_of: dict[str, str] = {}
        self._points_s: dict[str, float] = {}
        """Operational seconds from value to value, where devices are read as wanted."""
        self._buses: tuple[Bus, ...] = ()
        self._inbox: Inbox | None = None
        self._found: tuple[Uncarried, ...] = ()
        self._looked_ns = 0
        self._told: set[tuple[str, str]] = set()

    def begin(self, kernel: Kernel) -> None:
        """Watch the buses of a gateway for its loops; where time is scaled wires are not: nothing is said."""
        if kernel.shell.clock.factor > 1.0:
            return
        loops = (turn.loop for turn in kernel.scheduler.turns.values())
        self._loops = tuple(loop for loop in loops if loop.agent.proposes)
        site, read = kernel.pipe.site, {point for loop in self._loops for point in loop.agent.reads}
        self._device_of = {point: device for point, device in device_of(site).items() if point in read}
        self._points_s = {point: s for point, s in points_s(site, wanted(site), {}) if point in read}
        devices = set(self._device_of.values())
        self._buses = tuple(bus for bus in kernel.shell.buses if bus.driver.name in devices)
        self._inbox = kernel.inbox

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Look at the buses now and then, and let the next tick see what they do not carry."""
        if inputs.now_ns - self._looked_ns >= LOOK_S * NANOSECONDS:
            self._looked_ns = inputs.now_ns
            reached = dict(self._reached(inputs.now_ns))
            points = dict(self._points(reached))
            self._found = tuple(uncarried(self._loops, self._device_of, points, margin=MARGIN))
            self._tell(reached)
        if self._inbox is not None:
            for one in self._found:
                self._inbox.sight(Sighting(agent=one.loop, condition=CONDITION, words=one.words))

    def _reached(self, now_ns: int) -> Iterator[tuple[str, float]]:
        """Yield how often devices are read that answer; of the others `inputs_bad` tells."""
        for bus in self._buses:
            pace, stretch = bus.pace, getattr(bus.driver, "stretch", 1)
            if pace.last_ns is not None and pace.kept > 1:
                silent_s = (now_ns - pace.last_ns) / NANOSECONDS
                if silent_s <= 3.0 * pace.wanted_s * stretch:
                    yield bus.driver.name, round(pace.interval_s, 3)

    def _points(self, reached: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """Yield how often points come: what moves slowly not at every reading of its device."""
        for point, device in self._device_of.items():
            if device in reached:
                yield point, max(reached[device], self._points_s.get(point, 0.0))

    def _tell(self, reached: Mapping[str, float]) -> None:
        """Say once that a loop is not carried, and once that it is again: a silent device says neither."""
        now = {(one.loop, one.device): one.words for one in self._found}
        for key in now.keys() - self._told:
            log.warning("bus too slow for a loop", loop=key[0], device=key[1], why=now[key])
        over = {(loop, device) for loop, device in self._told - now.keys() if device in reached}
        for loop, device in over:
            log.info("bus carries the loop again", loop=loop, device=device)
        self._told = (self._told | now.keys()) - over

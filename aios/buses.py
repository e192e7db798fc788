"""The buses of a site: every device with the driver that speaks its protocol."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from drivers.modbus.link import Link
from kernel.ports import Clock, Driver
from kernel.shell.bus import Bus
from kernel.site import Site


@cache
def driver_maker(protocol: str) -> Callable[..., Driver]:
    """Return what makes a driver for a protocol, from its entry point.

    Raises:
        LookupError: no installed package speaks it.
    """
    found = [entry for entry in entry_points(group="aios.drivers") if entry.name == protocol]
    if not found:
        raise LookupError(f"no driver for {protocol} is installed")
    maker: Callable[..., Driver] = found[0].load()
    return maker


def buses_of(site: Site, clock: Clock, link: Callable[[str], Link | None]) -> tuple[Bus, ...]:
    """Make a bus with its driver for every device."""
    buses = []
    for device in site.devices:
        rows = [row for row, point in enumerate(site.points) if point.source == device.name]
        points = [site.points[row] for row in rows]
        make = driver_maker(device.protocol)
        buses.append(Bus(make(device, points, rows, clock, link(device.name)), clock))
    return tuple(buses)

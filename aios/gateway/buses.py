"""The buses of a site: every device with the driver of its protocol, and the wires that they share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from aios.gateway.scans import wanted
from drivers.modbus.lines import seats_of
from drivers.modbus.link import Link
from drivers.modbus.seat import Seat
from kernel.ports import Clock, Driver
from kernel.shell.bus import Bus
from kernel.site import Device, Site


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
    """Make a bus with its driver for every device; devices on one wire take turns on it."""
    given = {device.name: link(device.name) for device in site.devices}
    shared = seats(site, tuple(d for d in site.devices if given[d.name] is None), factor=clock.factor)
    buses = []
    for device in site.devices:
        rows = [row for row, point in enumerate(site.points) if point.source == device.name]
        points = [site.points[row] for row in rows]
        make = driver_maker(device.protocol)
        own = given[device.name] or shared.get(device.name)
        driver = make(device, points, rows, clock, own)
        every_s = device.scan_s or getattr(driver, "every_s", 0.0)
        buses.append(Bus(driver, clock, scan_s=max(every_s, site.base_tick_s) if every_s else None))
    return tuple(buses)


def seats(site: Site, devices: tuple[Device, ...], *, factor: float) -> dict[str, Seat]:
    """Return the seats of the devices that share a wire.

    Args:
        site: the substation.
        devices: those that are reached over their protocol's own wire.
        factor: operational seconds in a real second; wires do not scale, periods do.
    """
    asked = wanted(site)
    return seats_of(
        devices,
        wanted_s=lambda device: asked[device.name].reading_s / (factor or 1.0),
        pause_s=lambda device: asked[device.name].pause_s,
    )

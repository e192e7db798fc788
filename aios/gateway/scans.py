"""How often the devices of a site are to be read, and how often each of its points then comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from drivers.modbus.map import load_map
from drivers.modbus.wanted import Wanted, wanted_of
from kernel.site import Device, Site


def wanted(site: Site) -> dict[str, Wanted]:
    """Return what is asked of every device of a site and how often, by its name."""
    quantities: dict[str, list[str]] = {device.name: [] for device in site.devices}
    for point in site.points:
        if point.source in quantities:
            quantities[point.source].append(point.quantity)
    return {
        device.name: _of(device, tuple(quantities[device.name]), site.base_tick_s) for device in site.devices
    }


def points_s(
    site: Site, asked: Mapping[str, Wanted], readings_s: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """Yield every point of a device with the operational seconds from value to value.

    Args:
        site: the substation.
        asked: of its devices.
        readings_s: operational seconds from reading to reading, by device; as wanted where it is left out.
    """
    for point in site.points:
        if (one := asked.get(point.source)) is not None:
            yield point.name, one.point_s(point.quantity, readings_s.get(point.source, one.reading_s))


def _of(device: Device, quantities: tuple[str, ...], base_s: float) -> Wanted:
    if not device.protocol.startswith("modbus"):
        return Wanted(reading_s=max(device.scan_s or 0.0, base_s))
    return _mapped(device.map, quantities, device.scan_s, base_s)


@cache
def _mapped(name: str, quantities: tuple[str, ...], scan_s: float | None, base_s: float) -> Wanted:
    return wanted_of(load_map(name), quantities, scan_s=scan_s, base_s=base_s)

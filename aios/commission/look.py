"""One look at one point: its registers and its decoded value, from the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from aios.commission.sheet import Raw
from drivers.modbus.codec import raw_number
from drivers.modbus.driver import make
from drivers.modbus.entry import BIT_TABLES, FLOATS, Entry, Table
from drivers.modbus.link import Link
from drivers.modbus.map import SHIPPED, load_map
from kernel.point import Point
from kernel.ports import Clock
from kernel.quality import describe, is_good
from kernel.shell.wire import Snapshot
from kernel.site import Device, Site


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A point as it was read."""

    value: float
    state: str
    quality: str
    good: bool
    resolution: float
    """One count of the device, in the unit of the point; 0 where it is not known."""
    raw: Raw | None = None


class NotingLink:
    """A link that keeps what was answered."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._cells: dict[tuple[Table, int], int] = {}

    async def open(self) -> None:
        """Try to connect."""
        await self._link.open()

    async def ready(self, unit: int | None = None) -> None:
        """Connect where there is no connection."""
        await self._link.ready(unit)

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Read, and keep what came."""
        answer = await self._link.read(unit, table, address, count)
        self._cells.update({(table, address + place): word for place, word in enumerate(answer)})
        return answer

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = lambda: True,
    ) -> None:
        """Pass on to a link that refuses it."""
        await self._link.write(unit, table, address, values, still_valid)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

    def kept(self, entry: Entry) -> tuple[int, ...]:
        """Return the registers of an entry; empty where they were not answered."""
        slot = entry.slot
        cells = [self._cells.get((entry.table, place)) for place in range(slot.address, slot.end)]
        return tuple(cell for cell in cells if cell is not None) if None not in cells else ()


async def look_at(site: Site, names: Sequence[str], clock: Clock, link: Link) -> dict[str, Look]:
    """Read points of one device in one go, each with its registers.

    Args:
        site: which they belong to.
        names: points of one Modbus device.
        clock: operational time.
        link: how to reach it.
    """
    points = [site.point(name) for name in names]
    device = device_of(site, points[0])
    noting = NotingLink(link)
    block = await make(device, points, range(len(points)), clock, noting).read()
    entries = load_map(device.map).by_quantity
    return {
        point.name: Look(
            value=float(block.value[row]),
            state=point.states.get(int(block.value[row]), "") if point.states else "",
            quality=describe(int(block.quality[row])),
            good=not block.quality[row],
            resolution=_count(entries[point.quantity], float(block.value[row]), noting),
            raw=_raw(device, entries[point.quantity], noting),
        )
        for row, point in enumerate(points)
    }


def of_gateway(seen: Snapshot, name: str) -> Look:
    """Return a point as its gateway knows it, without registers."""
    one = next(state for state in seen.points if state.point == name)
    return Look(
        value=one.value, state=one.state, quality=one.words, good=is_good(one.quality), resolution=0.0
    )


def device_of(site: Site, point: Point) -> Device:
    """Return the device that serves a point.

    Raises:
        LookupError: it is computed, or its device is none of the site's.
    """
    found = next((one for one in site.devices if one.name == point.source), None)
    if found is None:
        raise LookupError(f"{point.name} is served by no device")
    return found


def map_digests(site: Site) -> dict[str, str]:
    """Return the SHA-256 of every register map of a site, by its name."""
    found = {}
    for device in site.devices:
        path = Path(device.map) if device.map.endswith(".toml") else SHIPPED / f"{device.map}.toml"
        if path.is_file():
            found[path.stem] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _raw(device: Device, entry: Entry, noting: NotingLink) -> Raw:
    return Raw(
        device=device.name,
        unit=device.unit,
        table=entry.table.value,
        address=entry.slot.address,
        registers=noting.kept(entry),
    )


def _count(entry: Entry, value: float, noting: NotingLink) -> float:
    """Return what one count of the device is worth; a scale that stands in the device shows in the value."""
    registers = noting.kept(entry)
    if entry.slot.encoding in FLOATS or not any(registers) or not value:
        return 0.0
    wide = raw_number(entry.slot, registers) if entry.table not in BIT_TABLES else 0.0
    return abs((value - entry.slot.offset) / wide) if wide else 0.0

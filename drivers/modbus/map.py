"""Register maps: one file describes a kind of device, for the driver and for the simulated device."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Final

import msgspec

from drivers.modbus.entry import Entry, Factor
from drivers.modbus.identity import Identity
from drivers.modbus.limits import Limits
from drivers.modbus.map_file import MapContent, read_map_file
from drivers.modbus.naming import Identification
from drivers.modbus.poll_period import stale_s
from kernel.point import Point

SHIPPED: Final = Path(__file__).parent / "maps"
"""Where the maps lie that come with the product."""


class RegisterMap(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that is known about the registers of one kind of device."""

    name: str
    title: str
    source: str
    """Where the addresses come from."""
    gap: int
    """Undeclared registers or bits that one read may cross; 0 where the device refuses them."""
    entries: tuple[Entry, ...]
    checked: tuple[str, ...] = ()
    """Sources, independent of each other, that say the same; none where nobody has compared."""
    limits: Limits = Limits()
    identity: tuple[Identity, ...] = ()
    """Texts by which the device names itself; they are no points."""
    identification: Identification = Identification()
    """How a simulated device of this kind names itself by function 43/14."""
    factors: tuple[Factor, ...] = ()
    """Scale registers; they are read with what they scale, and are no points."""

    @cached_property
    def by_quantity(self) -> dict[str, Entry]:
        """Entries by quantity."""
        return {entry.quantity: entry for entry in self.entries}

    def points(self, asset: str, source: str = "") -> tuple[Point, ...]:
        """Return the points that a device with this map serves for an asset.

        Args:
            asset: name of the asset, the first part of each point's name.
            source: name of the device, for `Point.source`.

        >>> [point.name for point in load_map("feeder_meter").points("f11")][:2]
        ['f11/active_power', 'f11/reactive_power']
        """
        return tuple(_point(entry, asset, source) for entry in self.entries)


@cache
def load_map(name_or_path: str | Path) -> RegisterMap:
    """Read a register map: a shipped one by its name, any other by its path.

    Raises:
        MapInvalid: with all that is wrong in the file.
        FileNotFoundError: there is no such map; the message names the shipped ones.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = SHIPPED / f"{name_or_path}.toml"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
        raise FileNotFoundError(f"no register map {name_or_path}; shipped are {shipped}")
    return as_map(path.stem, read_map_file(path))


def as_map(name: str, content: MapContent) -> RegisterMap:
    """Return what a sound file says as a map of that name."""
    return RegisterMap(
        name=name,
        title=content.title,
        source=content.source,
        checked=content.checked,
        gap=content.gap,
        limits=content.limits,
        identity=content.identity,
        identification=content.identification,
        factors=content.factors,
        entries=content.entries,
    )


def _point(entry: Entry, asset: str, source: str) -> Point:
    writing = entry.writing
    if writing is not None:
        writing = msgspec.structs.replace(
            writing,
            feedback=f"{asset}/{writing.feedback}" if writing.feedback else "",
            sequence=f"{asset}/{writing.sequence}" if writing.sequence else "",
            select=f"{asset}/{writing.select}" if writing.select else "",
            local=f"{asset}/{writing.local}" if writing.local else "",
        )
    return Point(
        name=f"{asset}/{entry.quantity}",
        unit=entry.unit,
        kind=entry.kind,
        source=source,
        stale_s=stale_s(entry.poll, entry.stale_s),
        plausibility=entry.plausibility,
        states=entry.states,
        writing=writing,
    )

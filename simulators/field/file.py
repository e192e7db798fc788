"""From a field file to devices: every mistake is found before the first port is opened."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drivers.modbus.map import SHIPPED, load_map
from drivers.modbus.map_file import MapInvalid
from drivers.mqtt.address import address_of
from kernel.asset import Asset
from kernel.shell.secret import seen_from
from kernel.site import Device
from simulators.devices.bank import Bank
from simulators.devices.behaviour.planned import PLAIN
from simulators.devices.make import SPARKPLUG, make_bank
from simulators.devices.name import SUNSPEC
from simulators.devices.sunspec_inverter import AVAILABLE, SunSpecInverter
from simulators.field.planned import MOST_UNITS, FieldFile, PlannedDevice, PlannedNode, phase_of

if TYPE_CHECKING:
    import ssl

LINES: Final = ("modbus-rtu-tcp", "modbus-rtu")
"""Protocols with several devices on one wire."""
PROTOCOLS: Final = ("modbus-tcp", "modbus-tls", *LINES, SPARKPLUG)


class FieldInvalid(ValueError):
    """A field file cannot be used; every mistake is listed."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One device of a field: where it answers, what it is, and what it shows."""

    device: Device
    bank: Bank
    planned: PlannedDevice

    def sense(self, now_ns: int) -> None:
        """Let it measure what the file says, at a time."""
        phase = phase_of(self.device.name)
        shown = {
            quantity: float(value) if isinstance(value, int | float) else value.at(now_ns, phase)
            for quantity, value in self.planned.shows.items()
        }
        self.bank.sense(shown, now_ns)

    @property
    def moves(self) -> bool:
        """Whether anything that it shows moves."""
        return not all(isinstance(value, int | float) for value in self.planned.shows.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceField:
    """The devices of a field file."""

    served: tuple[Served, ...]
    every_s: float
    tls: ssl.SSLContext | None
    node: PlannedNode | None

    @property
    def modbus(self) -> dict[Device, Bank]:
        """Those that answer over Modbus."""
        return {one.device: one.bank for one in self.served if one.device.protocol != SPARKPLUG}

    @property
    def sparkplug(self) -> tuple[Served, ...]:
        """Those that tell over Sparkplug B."""
        return tuple(one for one in self.served if one.device.protocol == SPARKPLUG)


def is_field_file(path: Path) -> bool:
    """Tell a field file from a site file: it has devices and no site."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return "device" in read and "site" not in read


def read_field(path: Path, *, copies: int = 1) -> DeviceField:
    """Read a field file and make its devices.

    Args:
        path: of the file.
        copies: every device so many times, times its own `copies`.

    Raises:
        FieldInvalid: with every mistake.
        OSError: the file, or one of its certificates, cannot be read.
    """
    try:
        planned = msgspec.toml.decode(path.read_bytes(), type=FieldFile)
    except msgspec.DecodeError as error:
        raise FieldInvalid((f"{path.name}: {error}",)) from error
    errors: list[str] = []
    served: list[Served] = []
    for one in planned.device:
        try:
            served += _copies(one, path.parent, one.copies * copies)
        except (ValueError, KeyError, FileNotFoundError, MapInvalid) as error:
            errors.append(f"{path.name}: device {one.name}: {error}")
    errors += [f"{path.name}: {text}" for text in _mistakes(planned, served)]
    if errors:
        raise FieldInvalid(tuple(errors))
    return DeviceField(
        served=tuple(served),
        every_s=planned.every_s,
        tls=_tls(planned, path.parent),
        node=_node(planned, path.parent),
    )


def _copies(planned: PlannedDevice, folder: Path, copies: int) -> list[Served]:
    """Make a device and its copies.

    Raises:
        ValueError: it says something that cannot be.
    """
    if planned.protocol not in PROTOCOLS:
        raise ValueError(f"no protocol {planned.protocol}; there are {', '.join(PROTOCOLS)}")
    if planned.protocol in LINES and planned.unit + copies - 1 > MOST_UNITS:
        raise ValueError(f"a line carries the units 1 to {MOST_UNITS}; take another port for the rest")
    if planned.protocol == "modbus-rtu-tcp" and copies > 1 and not planned.port:
        raise ValueError("a line of several units needs a port")
    name = _map_of(planned.map, folder)
    known = {AVAILABLE} if name == SUNSPEC else set(load_map(name).by_quantity)
    if unknown := sorted(planned.shows.keys() - known):
        raise ValueError(f"{planned.map} has no {', '.join(unknown)}")
    devices = [_device(planned, name, number, alone=copies == 1) for number in range(copies)]
    return [Served(device=one, bank=_bank(one, planned), planned=planned) for one in devices]


def _bank(device: Device, planned: PlannedDevice) -> Bank:
    asset = Asset(name=device.asset, kind="device", ratings=dict(planned.ratings))
    if device.map != SUNSPEC:
        return make_bank(device, asset, planned.initial, planned.behaviour)
    if device.protocol == SPARKPLUG:
        raise ValueError("an inverter that speaks SunSpec speaks it over Modbus")
    if planned.behaviour != PLAIN:
        raise ValueError(
            "the timers of a SunSpec inverter are those of its models; it has no behaviour beside"
        )
    return SunSpecInverter(rating_kw=asset.rating("power_kw"))


def _map_of(name: str, folder: Path) -> str:
    """Return a map beside the file, else the name of a shipped one."""
    beside = folder / name
    return str(beside) if beside.suffix == ".toml" and not (SHIPPED / name).is_file() else name


def _device(planned: PlannedDevice, map_name: str, number: int, *, alone: bool) -> Device:
    line = planned.protocol in LINES
    name = planned.name if alone else f"{planned.name}_{number + 1}"
    return Device(
        name=name,
        asset=name,
        protocol=planned.protocol,
        map=map_name,
        host=planned.host,
        port=planned.port + (0 if line or not planned.port else number),
        unit=planned.unit + (number if line else 0),
        serial=planned.serial,
        baud=planned.baud,
        parity=planned.parity,
        stop_bits=planned.stop_bits,
    )


def _mistakes(planned: FieldFile, served: list[Served]) -> list[str]:
    """Find what does not go together."""
    found: list[str] = []
    names: set[str] = set()
    places: dict[tuple[str, int, int], str] = {}
    for one in served:
        device = one.device
        if device.name in names:
            found.append(f"two devices are named {device.name}")
        names.add(device.name)
        place = (device.serial or device.host, device.port, device.unit if device.protocol in LINES else 0)
        if (device.port or device.serial) and device.protocol != SPARKPLUG and place in places:
            found.append(f"{device.name} and {places[place]} answer at the same place")
        places[place] = device.name
    needed = {one.protocol for one in planned.device}
    if "modbus-tls" in needed and planned.tls is None:
        found.append("modbus-tls needs a [tls] section with ca, certificate and key")
    if SPARKPLUG in needed and planned.sparkplug is None:
        found.append("sparkplug needs a [sparkplug] section with a broker")
    return found + _broker_mistakes(planned.sparkplug)


def _broker_mistakes(planned: PlannedNode | None) -> list[str]:
    if planned is None:
        return []
    try:
        address_of(planned.broker)
    except ValueError as error:
        return [f"broker: {error}"]
    return []


def _node(planned: FieldFile, folder: Path) -> PlannedNode | None:
    node = planned.sparkplug
    if node is None or not node.password_file:
        return node
    return msgspec.structs.replace(node, password_file=seen_from(node.password_file, folder))


def _tls(planned: FieldFile, folder: Path) -> ssl.SSLContext | None:
    if planned.tls is None:
        return None
    from drivers.modbus.tls import server_side  # noqa: PLC0415 - few need it

    paths: Mapping[str, str] = msgspec.structs.asdict(planned.tls)
    return server_side(**{key: str(folder / name) for key, name in paths.items()})

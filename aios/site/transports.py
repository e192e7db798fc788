"""How devices are reached: which keys belong to which protocol, and files of certificates that are there."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, Final

from aios.site.lines import Path
from aios.site.schema import DeviceSection, SiteFile
from drivers.modbus.tls import PORT

Found = tuple[Path, str]

SERIAL: Final = "modbus-rtu"
TLS: Final = "modbus-tls"
KEYS: Final = {
    SERIAL: ("serial", "baud", "parity", "stop_bits"),
    TLS: ("ca", "certificate", "key", "server_name"),
}
"""Keys that mean something to one protocol only."""
NEEDED: Final = {SERIAL: ("serial",), TLS: ("ca", "certificate", "key")}
FILES: Final = ("ca", "certificate", "key")
MOST_UNITS: Final = 247
"""Highest unit on a serial line. Source: Modbus over Serial Line V1.02, 2.2."""


def wire_of(device: DeviceSection) -> str:
    """Return the name of the wire a device hangs on: its serial port, or host and port."""
    return device.serial if device.protocol == SERIAL else f"{device.host}:{port_of(device)}"


def port_of(device: DeviceSection) -> int:
    """Return the TCP port, which for Modbus/TCP Security is another one where none is given."""
    return PORT if device.protocol == TLS and "port" not in device.model_fields_set else device.port


def reached(device: DeviceSection, folder: FilePath) -> dict[str, Any]:
    """Return what a site file's words mean: the port, and files seen from its folder."""
    files = {key: str(folder / name) for key in FILES if (name := getattr(device, key))}
    return {"port": port_of(device), **files}


def check_transports(file: SiteFile, folder: FilePath) -> Iterator[Found]:
    """Find keys that the protocol of a device lacks or does not know, and files that cannot be used."""
    for place, device in enumerate(file.device):
        for key, text in (*_misplaced(device), *_lacking(device), *_files(device, folder)):
            yield ("device", place, key), text
    yield from _clashing(file)


def _misplaced(device: DeviceSection) -> Iterator[tuple[str, str]]:
    for protocol, keys in KEYS.items():
        for key in keys:
            if key in device.model_fields_set and device.protocol != protocol:
                yield key, f"{key} belongs to {protocol}; {device.name} speaks {device.protocol}"
    if device.unit > MOST_UNITS and "rtu" in device.protocol:
        yield "unit", f"a serial line has units 1 to {MOST_UNITS}, not {device.unit}"


def _lacking(device: DeviceSection) -> Iterator[tuple[str, str]]:
    for key in NEEDED.get(device.protocol, ()):
        if not getattr(device, key):
            yield "protocol", f"{device.protocol} needs {key}"


def _files(device: DeviceSection, folder: FilePath) -> Iterator[tuple[str, str]]:
    for key in FILES:
        name = getattr(device, key)
        if not name or device.protocol != TLS:
            continue
        path = folder / name
        if not path.is_file():
            yield key, f"there is no file {name} beside the site file"
        elif key == "key" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(path.stat().st_mode)
            yield key, f"others than its owner may read {name} (mode {mode:o}); chmod 600 {name}"


def _clashing(file: SiteFile) -> Iterator[Found]:
    """Find two devices at one address, and one wire that two devices describe differently."""
    at: dict[tuple[str, int], str] = {}
    first: dict[str, DeviceSection] = {}
    for place, device in enumerate(file.device):
        wire = wire_of(device)
        if device.protocol != SERIAL and not device.port:
            continue
        if (taken := at.setdefault((wire, device.unit), device.name)) != device.name:
            key = "serial" if device.protocol == SERIAL else "port"
            yield ("device", place, key), f"{device.name} and {taken} share {wire} unit {device.unit}"
        for key, text in _differing(device, first.setdefault(wire, device), wire):
            yield ("device", place, key), text


def _differing(device: DeviceSection, other: DeviceSection, wire: str) -> Iterator[tuple[str, str]]:
    for key in ("protocol", *KEYS[SERIAL], *KEYS[TLS]):
        mine, theirs = getattr(device, key), getattr(other, key)
        if mine != theirs:
            yield key, f"{device.name} and {other.name} share {wire}, but not its {key}: {mine}, {theirs}"

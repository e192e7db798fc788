"""The register map of the devices, their site, and our drivers of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.field_load.devices import HOST, REGISTERS
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.map import load_map
from kernel.ports import Clock
from kernel.site import Device

_HEAD = """
[site]
name = "field"
title = "Field"
base_tick_s = 1.0

[[asset]]
name = "grid"
kind = "connection"

[policies]
names = ["breaker_close_never_under_permit"]
"""


def write_map(folder: Path) -> Path:
    """Write a register map of one hundred measured points, one register each."""
    points = [
        f'[[points]]\nquantity = "value_{n}"\nunit = "kW"\ntable = "holding"\naddress = {n}\ntype = "i16"\n'
        "scale = 0.1\nnot_implemented = -32768\nplausibility = { low = -3000.0, high = 3000.0 }\n"
        for n in range(REGISTERS)
    ]
    path = folder / "hundred.toml"
    path.write_text('title = "A hundred points"\nsource = "made for this benchmark"\n\n' + "\n".join(points))
    return path


def site_text(ports: Sequence[int]) -> str:
    """Return the site file of a gateway that reads them all."""
    meters = [
        f'[[asset]]\nname = "f{n}"\nkind = "feeder"\nupstream = "grid"\n\n'
        f'[[device]]\nname = "meter{n}"\nasset = "f{n}"\nmap = "hundred.toml"\n'
        f'host = "{HOST}"\nport = {port}\n'
        for n, port in enumerate(ports)
    ]
    return _HEAD + "\n".join(meters)


def drivers_of(ports: Sequence[int], folder: Path, clock: Clock) -> list[ModbusDriver]:
    """Return our driver of every device."""
    path = write_map(folder)
    made = []
    for n, port in enumerate(ports):
        device = Device(name=f"meter{n}", asset=f"f{n}", map=str(path), host=HOST, port=port)
        points = load_map(path).points(device.asset, device.name)
        made.append(make(device, points, range(n * REGISTERS, (n + 1) * REGISTERS), clock))
    return made

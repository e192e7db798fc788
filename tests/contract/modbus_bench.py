"""A Modbus device on the conformance bench: plain registers that count writes, lose replies and refuse."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from aios.testing.driver import DriverBench, Reference
from drivers.modbus.bank import IllegalValue
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.link import Link, NoAnswer
from drivers.modbus.map import RegisterMap, load_map
from kernel.command import Command
from kernel.point import Operation
from kernel.ports import Clock, Driver
from kernel.site import Device
from simulators.devices.registers import Registers

TIMEOUT_S = 0.1
REFUSED = 4321.0
"""A set-point that the device says no to."""


class PlainDevice:
    """Registers of a map; a write is counted and kept, unless its value is refused."""

    def __init__(self, register_map: RegisterMap) -> None:
        self.registers = Registers(register_map)
        self.writes = 0
        self.last: tuple[int, ...] = ()
        self.refuses: tuple[int, ...] = (-1,)
        """Words that are refused wherever they stand in a write."""

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        return self.registers.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        words, refused = tuple(values), self.refuses
        if any(words[place : place + len(refused)] == refused for place in range(len(words))):
            raise IllegalValue
        self.registers.put(table, address, words)
        self.writes += 1
        self.last = words


class LossyLink(DirectLink):
    """A link without a wire whose device may do what it is told and say nothing."""

    lossy = False

    def lose_replies(self, *, lost: bool) -> None:
        self.lossy = lost

    async def write(self, *arguments: Any, **more: Any) -> None:
        await super().write(*arguments, **more)
        if self.lossy:
            raise NoAnswer("the reply was lost")


def command(point: str, value: float, operation: Operation, **more: Any) -> Command:
    return Command(
        id="c", trace="t", point=point, value=value, operation=operation, tick=1, issued_at_ns=0,
        valid_until_ns=2**62, authority="gate", revision="r", reason="contract", **more,
    )  # fmt: skip


SETPOINT = command(
    *("bat1/active_power_setpoint", -1234.5, Operation.SETPOINT),
    sequence=1,
    reversion_value=0.0,
    reversion_s=60.0,
)
COMMANDS: Mapping[str, dict[str, Command]] = {
    "battery_inverter": dict(
        command=SETPOINT,
        forbidden=msgspec.structs.replace(SETPOINT, id="f", value=1e12),
        refused=msgspec.structs.replace(SETPOINT, id="r", value=REFUSED),
    ),
    "breaker": dict(command=command("cb15/open", 1.0, Operation.PULSE)),
}
ASSETS = {"feeder_meter": "f11", "transformer_monitor": "t1", "battery_inverter": "bat1", "breaker": "cb15"}

Words = tuple[Table, int, tuple[int, ...]]
IEEE_754 = "IEEE 754-2019, 3.4: -118.625 is C2ED4000; the map: high word first"
TWOS = "two's complement, high word first, tenths of a kW: -123456.7 kW is FFED 2979; the map"
REFERENCES: Mapping[str, Sequence[tuple[list[Words], dict[str, float], str]]] = {
    "feeder_meter": [([(Table.INPUT, 0, (0xC2ED, 0x4000))], {"active_power": -118.625}, IEEE_754)],
    "battery_inverter": [
        ([(Table.INPUT, 0, (0xFFFE, 0x1DC0))], {"active_power": -12_345.6}, TWOS),
        ([(Table.INPUT, 6, (0x0001, 0xE240))], {"executions": 123_456.0}, TWOS),
    ],
    "breaker": [([(Table.DISCRETE, 0, (0, 1))], {"position": 2.0}, "the map: contacts 0 open, 1 closed")],
}


def shown_by(register_map: RegisterMap, asset: str) -> dict[str, tuple[float, float]]:
    """Two plausible values of every quantity: whole numbers, so that they fit every type and scale."""
    shown = {}
    for quantity, entry in register_map.by_quantity.items():
        pair = (0.0, 1.0) if entry.table in (Table.COIL, Table.DISCRETE) or entry.states else (1.0, 2.0)
        bounds = entry.plausibility
        if bounds is not None and not bounds.low <= pair[0] < pair[1] <= bounds.high:
            middle = round((bounds.low + bounds.high) / 2)
            pair = (float(middle), float(middle + 1))
        shown[f"{asset}/{quantity}"] = pair
    return shown


def can_be_missing(register_map: RegisterMap) -> bool:
    """Whether every register of a map has a way to say that it has no value."""
    return all(
        entry.slot.encoding.value == "f32" or entry.slot.not_implemented is not None
        for entry in register_map.entries
    )


def taken_by(device: PlainDevice, name: str) -> Callable[[], float] | None:
    """Return what decodes the value written last, by the specification and none of our tables."""
    if name == "battery_inverter":  # words 1 and 2 of the block: tenths of a kW, signed, high word first
        return lambda: struct.unpack(">i", struct.pack(">2H", *device.last[1:3]))[0] / 10.0
    return (lambda: float(device.last[0])) if name == "breaker" else None


def bench(name: str, clock: Clock, **more: Any) -> tuple[PlainDevice, DriverBench]:
    """Return a device by the name of its map, and a bench that has everything but a way to reach it."""
    register_map = load_map(name)
    device, asset = PlainDevice(register_map), ASSETS[name]
    device.refuses = (0x0000, 0xA8CA)  # 4321.0 kW in tenths
    shown = shown_by(register_map, asset)

    def show(point: str, value: float) -> None:
        device.registers.show(point.partition("/")[2], value)

    def put(words: Sequence[Words]) -> Callable[[], None]:
        return lambda: [device.registers.put(*each) for each in words] and None

    for point, (value, _) in shown.items():
        show(point, value)
    made = DriverBench(
        make=lambda host, port: make_driver(name, clock, None),
        clock=clock, rows=range(10, 10 + len(shown)), show=show, shown=shown,
        holes=can_be_missing(register_map), taken=taken_by(device, name), timeout_s=TIMEOUT_S,
        reference=[
            Reference(put=put(words), means={f"{asset}/{q}": v for q, v in means.items()}, source=source)
            for words, means, source in REFERENCES.get(name, ())
        ],
        writes=lambda: device.writes, **COMMANDS.get(name, {}),
    )  # fmt: skip
    return device, replace(made, **more)


def make_driver(name: str, clock: Clock, link: Link | None, host: str = "", port: int = 0) -> Driver:
    """Make the driver of a device at an address, or over a link."""
    asset = ASSETS[name]
    device = Device(name=f"dev_{name}", asset=asset, map=name, host=host, port=port, timeout_s=TIMEOUT_S)
    points = load_map(name).points(asset, device.name)
    return make(device, points, range(10, 10 + len(points)), clock, link)


def direct(name: str, clock: Clock) -> DriverBench:
    """Return a bench without a wire: silence and lost replies are the link's."""
    device, made = bench(name, clock)
    link = LossyLink(device, clock)

    async def vanish() -> None:
        link.silent = True

    async def appear() -> None:
        link.silent = False

    return replace(
        made, make=lambda host, port: make_driver(name, clock, link), vanish=vanish, appear=appear,
        lose_replies=link.lose_replies,
    )  # fmt: skip

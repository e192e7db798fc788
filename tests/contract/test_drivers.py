"""Every driver keeps the same contract: Modbus without a wire and over TCP, and the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest

from drivers.modbus.bank import RegisterBank
from drivers.modbus.client import TcpLink
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.link import Link
from drivers.modbus.map import load_map
from drivers.modbus.server import Silence, TcpServer
from kernel.asset import Asset
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.ports import Clock
from kernel.quality import INVALID
from kernel.shell.clock import SystemClock
from kernel.site import Device
from kernel.testing import FakeDriver
from simulators.devices.make import make_bank
from tests.contract.check_driver import DriverCase, check_driver
from tests.unit.kernel.conftest import BATTERY, METER, make_site

BATTERY_ASSET = Asset(name="bat1", kind="battery", ratings={"power_kw": 4000.0, "energy_kwh": 8000.0})
MAPS = {
    "feeder_meter": Asset(name="f11", kind="feeder"),
    "transformer_monitor": Asset(name="t1", kind="transformer"),
    "battery_inverter": BATTERY_ASSET,
    "breaker": Asset(name="cb15", kind="breaker"),
}


class Counting:
    """A device that counts the writes it has executed."""

    def __init__(self, bank: RegisterBank) -> None:
        self.bank = bank
        self.writes = 0

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        return self.bank.read(table, address, count, now_ns)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        self.bank.write(table, address, values, now_ns)
        self.writes += 1


def command(point: str, value: float, operation: Operation, **more: Any) -> Command:
    return Command(
        id="c1", trace="t", point=point, value=value, operation=operation, tick=1, issued_at_ns=0,
        valid_until_ns=2**62, authority="gate", revision="r", reason="contract", **more,
    )  # fmt: skip


def commands(name: str) -> tuple[Command | None, Command | None]:
    """A command that the device takes, and one that fits no register of it."""
    if name == "breaker":
        return command("cb15/open", 1.0, Operation.PULSE), None
    if name != "battery_inverter":
        return None, None
    plain = command(
        "bat1/active_power_setpoint",
        500.0,
        Operation.SETPOINT,
        sequence=1,
        reversion_value=0.0,
        reversion_s=60.0,
    )
    return plain, msgspec.structs.replace(plain, id="c2", value=1e12)


def case_of(
    name: str,
    bank: Counting,
    link: Link,
    *,
    clock: Clock,
    vanish: Callable[[], Awaitable[None]],
    appear: Callable[[], Awaitable[None]],
) -> DriverCase:
    device = Device(name=f"dev_{name}", asset=MAPS[name].name, map=name)
    points = load_map(name).points(device.asset, device.name)
    rows = range(10, 10 + len(points))
    taken, forbidden = commands(name)
    return DriverCase(
        driver=make(device, points, rows, clock, link), clock=clock, rows=rows, command=taken,
        forbidden=forbidden, executed=lambda: bank.writes, vanish=vanish, appear=appear,
    )  # fmt: skip


def bank_of(name: str) -> Counting:
    bank = make_bank(Device(name="d", asset=MAPS[name].name, map=name), MAPS[name])
    if name in {"feeder_meter", "transformer_monitor"}:  # the others know their own state
        bank.sense(dict.fromkeys(load_map(name).by_quantity, 1.0), 0)
    return Counting(bank)


@pytest.mark.parametrize("name", MAPS)
async def test_modbus_without_a_wire_keeps_the_contract(name: str) -> None:
    bank, clock = bank_of(name), SystemClock()
    link = DirectLink(bank, clock)

    async def vanish() -> None:
        link.silent = True

    async def appear() -> None:
        link.silent = False

    await check_driver(case_of(name, bank, link, clock=clock, vanish=vanish, appear=appear))


@asynccontextmanager
async def served(bank: Counting, clock: Clock) -> AsyncIterator[TcpServer]:
    server = TcpServer(bank, clock)
    await server.open()
    try:
        yield server
    finally:
        await server.close()


@pytest.mark.system
@pytest.mark.parametrize("name", MAPS)
async def test_modbus_over_tcp_keeps_the_contract(name: str) -> None:
    bank, clock = bank_of(name), SystemClock()
    async with served(bank, clock) as server:
        link = TcpLink("127.0.0.1", server.port, timeout_s=0.05)

        vanish, appear = (partial(server.silence, how) for how in (Silence.NO_ANSWER, Silence.NONE))
        await check_driver(case_of(name, bank, link, clock=clock, vanish=vanish, appear=appear))


def fake_case(kind: type[FakeDriver]) -> DriverCase:
    clock, site = SystemClock(), make_site()
    fake = kind("fake", site, [METER, BATTERY], clock)

    async def vanish() -> None:
        fake.quality = dict.fromkeys(fake.points, INVALID)
        fake.answer = Transmission.NO_ANSWER

    async def appear() -> None:
        fake.quality = dict.fromkeys(fake.points, 0)
        fake.answer = Transmission.WRITTEN

    return DriverCase(
        driver=fake, clock=clock, rows=[site.row[METER], site.row[BATTERY]],
        command=command(BATTERY, 30.0, Operation.SETPOINT), forbidden=None,
        executed=lambda: len(fake.executed), vanish=vanish, appear=appear,
    )  # fmt: skip


async def test_the_fake_driver_keeps_the_contract() -> None:
    await check_driver(fake_case(FakeDriver))


class Twice(FakeDriver):
    """Writes again what it has written."""

    async def write(self, command: Command) -> Any:
        await super().write(command)
        return await super().write(command)


async def test_the_check_finds_a_driver_that_writes_twice() -> None:
    with pytest.raises(AssertionError, match="once"):
        await check_driver(fake_case(Twice))

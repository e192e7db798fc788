"""An unknown SunSpec device is probed: the map that follows says what pysunspec2's own client says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from aios.devices.gentle import GentleLink, ReadOnly
from aios.devices.probe import Probed, probe, write_map
from drivers.modbus.driver import ModbusDriver, make
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import tcp_link
from drivers.modbus.sunspec.quantities import unit_of
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.sunspec_inverter import SunSpecInverter
from tests.fakes.still_clock import StillClock

pytestmark = pytest.mark.system
PLACE = re.compile(r"model (\d+) ([\w.]+): ")
"""Where an entry of the map comes from."""


class Found(NamedTuple):
    """A probed inverter on a real socket."""

    inverter: SunSpecInverter
    clock: StillClock
    port: int
    probed: Probed
    path: Path

    def driver(self) -> ModbusDriver:
        register_map = load_map(self.path)
        points = register_map.points("pv1", "inverter")
        device = Device(name="inverter", asset="pv1", map=str(self.path), port=self.port)
        link = tcp_link("127.0.0.1", self.port)
        return make(device, points, range(len(points)), self.clock, link)


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[Found]:
    clock = StillClock()
    inverter = SunSpecInverter(rating_kw=50.0, available_kw=40.0)
    server = TcpServer(inverter, clock)
    await server.open()
    link = GentleLink(tcp_link("127.0.0.1", server.port), gap_s=0.0)
    probed = await probe(link, 1, target="here")
    await link.close()
    path = tmp_path / "my_inverter.toml"
    write_map(probed, path)
    yield Found(inverter, clock, server.port, probed, path)
    await server.close()


def scanned(port: int) -> Any:
    device = SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr="127.0.0.1", ipport=port, timeout=2.0)
    device.scan()
    return device


def stock_value(device: Any, model: int, path: str) -> float | None:
    """Return the scaled value that pysunspec2's client has at a path such as `Crv1.Pt2.V`."""
    (group,) = device.models[model]
    *groups, name = path.split(".")
    for part in groups:
        member, number = re.fullmatch(r"(.*?)(\d*)", part).groups()
        inside = group.groups[member]
        group = inside[int(number) - 1] if number else inside
    value = group.points[name].cvalue
    return None if value is None else float(value)


async def test_the_driver_reads_with_the_written_map_what_pysunspec2_reads(found: Found):
    driver = found.driver()
    block = await driver.read()
    await driver.close()
    device = await asyncio.to_thread(scanned, found.port)
    assert not block.quality.any()
    entries = load_map(found.path).entries
    compared = set()
    for entry, value in zip(entries, block.value.tolist(), strict=True):
        model, path = PLACE.match(entry.source).groups()
        definition = next(iter(device.models[int(model)]))
        units = "" if "." in path else definition.points[path].pdef.get("units") or ""
        _, factor = unit_of(units)
        stock = stock_value(device, int(model), path)
        assert value == pytest.approx(stock * factor, rel=1e-9), entry.source
        compared.add(int(model))
    assert compared == {1, 103, 120, 121, 123, 701, 704, 705}
    assert len(entries) > 80


async def test_what_the_device_says_of_itself_stands_in_report_and_map(found: Found):
    assert found.probed.identity["maker"] == "AIOS Grid"
    assert [model.id for model in found.probed.models] == [1, 103, 120, 121, 123, 701, 704, 705]
    assert found.probed.best is None  # no shipped map pretends to fit
    named = {one.name: one.expected for one in load_map(found.path).identity}
    assert named["model"] == "Simulated inverter"


async def test_only_limits_with_a_timer_are_writable(found: Found):
    writable = [entry for entry in load_map(found.path).entries if entry.writing is not None]
    assert [entry.quantity for entry in writable] == ["active_power_limit", "active_power_limit_704"]
    for entry in writable:
        assert entry.companions.reversion_s is not None
        assert entry.writing.reversion_s / entry.writing.renew_s == 4
        assert (entry.writing.low, entry.writing.high, entry.writing.safe_value) == (0.0, 100.0, 100.0)


def limit(quantity: str, percent: float, clock: StillClock) -> Command:
    return Command(
        id="c1", trace="t", point=f"pv1/{quantity}", value=percent, operation=Operation.SETPOINT, tick=1,
        issued_at_ns=clock.ns, valid_until_ns=clock.ns + 10**10, authority="gate", revision="r",
        reason="test", reversion_value=60.0, reversion_s=30.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "writes", "after_kw"), [("active_power_limit", 1, 40.0), ("active_power_limit_704", 2, 30.0)]
)
async def test_a_limit_of_the_driver_is_read_back_and_falls_back_when_the_gateway_is_gone(
    found: Found, quantity, writes, after_kw
):
    driver = found.driver()
    await driver.read()
    sent = await driver.write(limit(quantity, 50.0, found.clock))
    assert (sent.transmission, sent.detail) == (Transmission.WRITTEN, "")
    block = await driver.read()
    read = dict(zip(driver.points, block.value.tolist(), strict=True))
    await driver.close()  # the gateway is gone from here on
    assert (read[f"pv1/{quantity}"], read["pv1/active_power"]) == (50.0, 25.0)
    assert len(found.inverter.journal) == writes
    found.clock.pass_s(29.9)
    assert found.inverter.actuation(found.clock.ns)["active_power"] == 25.0
    found.clock.pass_s(0.2)
    assert found.inverter.actuation(found.clock.ns)["active_power"] == after_kw


async def test_nothing_takes_effect_before_the_time_it_ends_at_is_in_the_device(found: Found):
    driver = found.driver()
    await driver.read()
    await driver.write(limit("active_power_limit_704", 50.0, found.clock))
    await driver.close()
    first, last = found.inverter.journal
    assert (first.value, last.value) == (100.0, 50.0)


async def test_looking_around_never_writes(found: Found):
    assert found.inverter.journal == ()
    link = GentleLink(tcp_link("127.0.0.1", found.port))
    with pytest.raises(ReadOnly):
        await link.write(1, Table.HOLDING, 40187, [500])
    await link.close()
    assert found.inverter.journal == ()


async def test_a_scale_that_the_device_changes_is_followed(found: Found):
    registers = found.inverter._registers
    registers.put(103, "W_SF", 2)
    driver = found.driver()
    block = await driver.read()
    await driver.close()
    read = dict(zip(driver.points, block.value.tolist(), strict=True))
    assert read["pv1/active_power"] == 40.0


async def test_a_part_of_the_models_makes_a_smaller_map(found: Found, tmp_path: Path):
    link = GentleLink(tcp_link("127.0.0.1", found.port), gap_s=0.0)
    probed = await probe(link, 1, target="here", models=frozenset({103, 123}))
    await link.close()
    write_map(probed, tmp_path / "small.toml")
    entries = load_map(tmp_path / "small.toml").entries
    assert {PLACE.match(entry.source)[1] for entry in entries} == {"103", "123"}

"""A field of devices on their own ports, read by drivers over real sockets."""

import asyncio
import time

import pytest

from drivers.modbus.driver import make
from drivers.modbus.map import load_map
from drivers.modbus.server import Silence
from drivers.modbus.stream_link import tcp_link
from kernel.asset import Asset
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers

pytestmark = pytest.mark.system


class WallClock:
    """Operational time at real pace."""

    factor = 1.0

    def now_ns(self) -> int:
        return time.time_ns()

    async def sleep_until(self, at_ns: int) -> None:
        await asyncio.sleep((at_ns - self.now_ns()) / 1e9)


CLOCK = WallClock()
FEEDERS = {f"meter_{name}": name for name in ("f11", "f12", "f13")}


def banks():
    served = {}
    for place, (name, asset) in enumerate(FEEDERS.items()):
        device = Device(name=name, asset=asset, map="feeder_meter", unit=place + 1)
        served[device] = make_bank(device, Asset(name=asset, kind="feeder"))
        served[device].sense({"active_power": 1000.0 * (place + 1)}, 0)
    return served


def driver_of(device: Device, servers: FieldServers):
    link = tcp_link(device.host, servers.ports[device.name], timeout_s=0.15)
    points = load_map(device.map).points(device.asset, device.name)
    return make(device, points[:1], [0], CLOCK, link)


async def test_every_device_answers_on_its_own_port_for_its_own_unit():
    served = banks()
    async with FieldServers(served, CLOCK) as servers:
        assert len(set(servers.ports.values())) == 3
        drivers = [driver_of(device, servers) for device in served]
        blocks = await asyncio.gather(*(driver.read() for driver in drivers))
        for driver in drivers:
            await driver.close()
    assert [block.value.tolist() for block in blocks] == [[1000.0], [2000.0], [3000.0]]


async def test_one_silent_device_does_not_disturb_its_neighbours():
    served = banks()
    async with FieldServers(served, CLOCK) as servers:
        drivers = [driver_of(device, servers) for device in served]
        await servers.silence("meter_f12", Silence.NO_ANSWER)
        lost = await asyncio.gather(*(driver.read() for driver in drivers))
        await servers.silence("meter_f12", Silence.NONE)
        back = await asyncio.gather(*(driver.read() for driver in drivers))
        for driver in drivers:
            await driver.close()
    assert [bool(block.quality.any()) for block in lost] == [False, True, False]
    assert not any(block.quality.any() for block in back)


async def test_the_field_opens_whole_or_not_at_all():
    served = banks()
    async with FieldServers(served, CLOCK) as servers:
        port = servers.ports["meter_f11"]
        free = Device(name="meter_f14", asset="f14", map="feeder_meter")
        clashing = Device(name="meter_f15", asset="f15", map="feeder_meter", port=port)
        asset = Asset(name="f14", kind="feeder")
        second = FieldServers({free: make_bank(free, asset), clashing: make_bank(clashing, asset)}, CLOCK)
        with pytest.raises(RuntimeError, match="meter_f15"):
            await second.__aenter__()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", second.ports["meter_f14"])


async def test_a_set_point_reaches_the_battery_with_its_number_and_is_executed_once():
    device = Device(name="inverter_bat1", asset="bat1", map="battery_inverter")
    ratings = {"power_kw": 4000.0, "energy_kwh": 8000.0}
    bank = make_bank(device, Asset(name="bat1", kind="battery", ratings=ratings))
    command = Command(
        id="c1", trace="t", point="bat1/active_power_setpoint", value=-750.5, operation=Operation.SETPOINT,
        tick=1, issued_at_ns=0, valid_until_ns=2**62, sequence=41, reversion_value=0.0, reversion_s=600.0,
        authority="gate", revision="r", reason="test",
    )  # fmt: skip
    async with FieldServers({device: bank}, CLOCK) as servers:
        points = load_map(device.map).points("bat1")
        link = tcp_link(device.host, servers.ports["inverter_bat1"])
        driver = make(device, points, range(len(points)), CLOCK, link)
        sent = [(await driver.write(command)).transmission for _ in range(2)]
        shown = dict(zip(driver.points, (await driver.read()).value.tolist(), strict=True))
        await driver.close()
    assert sent == [Transmission.WRITTEN, Transmission.WRITTEN]
    assert [(one.sequence, one.value) for one in bank.journal] == [(41, pytest.approx(-750.5))]
    assert shown["bat1/active_power_setpoint"] == pytest.approx(-750.5)
    assert (shown["bat1/setpoint_sequence"], shown["bat1/duplicates"]) == (41.0, 1.0)
    assert 598.0 <= shown["bat1/reversion_remaining"] <= 600.0


async def test_leaving_the_field_frees_its_ports():
    served = banks()
    async with FieldServers(served, CLOCK) as servers:
        ports = list(servers.ports.values())
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

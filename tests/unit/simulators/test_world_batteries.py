"""What goes into a battery of the world comes out, is stored or is lost, and every KPI of it says so."""

import pytest

from drivers.modbus.map import load_map
from drivers.modbus.writes import encode_command
from kernel.asset import Asset
from kernel.command import Command
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.make import make_bank
from simulators.indicators.batteries import Batteries
from simulators.physics.course import Course
from tests.unit.simulators.conftest import SECOND

HOUR = 3600 * SECOND
ASSET = Asset(name="bat1", kind="battery", ratings={"power_kw": 4000.0, "energy_kwh": 8000.0})
DEVICE = Device(name="device_bat1", asset="bat1", map="battery_inverter")
ENTRY = load_map("battery_inverter").by_quantity["active_power_setpoint"]


def put(bank, kw, sequence, now_ns):
    write = encode_command(
        ENTRY,
        Command(
            id="c", trace="t", point="bat1/active_power_setpoint", value=kw, operation=Operation.SETPOINT,
            tick=1, issued_at_ns=0, valid_until_ns=1, sequence=sequence, reversion_value=0.0,
            reversion_s=9000.0, authority="gate", revision="r", reason="test",
        ),
    )  # fmt: skip
    bank.write(write.table, write.address, write.values, now_ns)


def counted(world, indicator, minutes):
    for _ in range(minutes):
        world.advance(world.now_ns + HOUR // 60)
        for one in world.stretches:
            indicator.enter(Course.of(one.flows, one.until_ns, one.seconds / 3600.0))


def test_in_and_out_and_what_is_lost_close_with_what_is_stored(world_of, devices, network):
    bank = make_bank(DEVICE, ASSET)
    world, indicator = world_of(banks=devices | {"device_bat1": bank}), Batteries(network)
    for sequence, (kw, minutes) in enumerate(((-1200.0, 60), (900.0, 40), (0.0, 2)), start=1):
        put(bank, kw, sequence, world.now_ns)
        counted(world, indicator, minutes)
    kwh, lost_kwh = indicator.values(), world.counted["battery_loss_kwh"]
    assert kwh["battery_in_kwh"] == pytest.approx(1200.0, rel=0.01)
    assert kwh["battery_out_kwh"] == pytest.approx(600.0, rel=0.01)
    stored_kwh = bank._storage.energy_kwh - 4000.0
    assert lost_kwh == pytest.approx(1200.0 * (1.0 - 0.88**0.5) + 600.0 * (0.88**-0.5 - 1.0), rel=0.01)
    left = kwh["battery_in_kwh"] - kwh["battery_out_kwh"] - lost_kwh
    assert left == pytest.approx(stored_kwh, abs=2.0)  # ramps of seconds between moments at which one looks

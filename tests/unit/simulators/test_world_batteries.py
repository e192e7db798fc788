"""What goes into a battery of the world comes out, is stored or is lost, and every KPI of it says so."""

import pytest

from drivers.modbus.map import load_map
from drivers.modbus.writes import encode_command
from kernel.asset import Asset
from kernel.command import Command
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.inverter import Inverter
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
    assert left == pytest.approx(stored_kwh, rel=1e-9)


def test_what_a_battery_is_told_at_a_moment_flows_from_that_moment_on(world_of, devices):
    bank = make_bank(DEVICE, ASSET)
    world = world_of(banks=devices | {"device_bat1": bank})
    put(bank, 1200.0, 1, world.now_ns)
    world.advance(world.now_ns + 60 * SECOND)
    (stretch,) = world.stretches
    ramp_s = 1200.0 / 400.0
    assert stretch.flows.plant_kw[-1] == pytest.approx(1200.0 * (1.0 - 0.5 * ramp_s / 60.0), rel=1e-9)


def test_a_battery_that_is_empty_within_a_minute_gives_the_grid_what_its_cells_had_left(world_of, devices):
    bank = make_bank(DEVICE, ASSET, {"state_of_charge": 0.3})
    world = world_of(banks=devices | {"device_bat1": bank})
    before_kwh = bank._storage.energy_kwh
    put(bank, 4000.0, 1, world.now_ns)
    world.advance(world.now_ns + 60 * SECOND)
    given_kwh = sum(float(one.flows.plant_kw[-1]) * one.seconds / 3600.0 for one in world.stretches)
    lost_kwh = world.counted["battery_loss_kwh"]
    assert bank.actuation(world.now_ns)["active_power"] == 0.0, "it was to run empty"
    assert given_kwh == pytest.approx(before_kwh - bank._storage.energy_kwh - lost_kwh, rel=1e-9)


def test_to_look_ahead_leaves_an_inverter_where_it_is():
    storage = make_bank(DEVICE, ASSET)._storage
    one, other = (Inverter(load_map("battery_inverter"), storage, delay_s=30.0) for _ in range(2))
    for bank in (one, other):
        put(bank, 1200.0, 1, 0)
    assert one.mean_power(0, HOUR) == one.mean_power(0, HOUR) < 1200.0
    for second in (10, 31, 90):
        assert one.actuation(second * SECOND) == other.actuation(second * SECOND)


def test_the_mean_of_a_reversion_within_the_minute_is_that_of_its_parts():
    bank = make_bank(DEVICE, ASSET)
    put(bank, 1200.0, 1, 0)
    bank.actuation(8970 * SECOND)
    mean_kw = bank.mean_power(8970 * SECOND, 9030 * SECOND)  # its timer of 9 000 s ends in the middle
    assert mean_kw == pytest.approx((1200.0 * 30 + 0.5 * 1200.0 * 3) / 60.0, rel=1e-9)

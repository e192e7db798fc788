"""Relay, recloser and gas monitor answer by register maps, over the parts that stand behind them."""

import msgspec
import pytest

from drivers.modbus.codec import decode_number
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from kernel.asset import Asset
from kernel.site import Device
from simulators.devices.make import make_bank
from simulators.equipment.make import equipment_parts
from simulators.equipment.planned import PlannedEquipment
from tests.unit.simulators.conftest import START_NS, nord_site

SECOND = 1_000_000_000
EQUIPMENT = {
    "bay": [{"branch": "f13", "pickup_a": 500.0, "dead_s": [0.5]}],
    "short_circuit": [{"place": "f13", "begin": "2016-12-01T04:00:30Z"}],
    "unit": [{"name": "t1"}],
}
PLACED = {
    "device_f13": ("overcurrent_relay", "feeder"),
    "device_cb13": ("recloser", "breaker"),
    "device_t1": ("vaisala_opt100", "transformer"),
}


def value(bank, name, quantity, now_ns):
    entry = load_map(name).by_quantity[quantity]
    slot = entry.slot
    return decode_number(slot, tuple(bank.read(entry.table, slot.address, slot.end - slot.address, now_ns)))


@pytest.fixture
def banks(devices):
    made = {
        name: make_bank(Device(name=name, asset=name[7:], map=of), Asset(name=name[7:], kind=kind))
        for name, (of, kind) in PLACED.items()
    }
    return devices | made


def test_relay_recloser_and_gas_monitor_tell_of_a_permanent_fault(world_of, network, banks):
    planned = msgspec.convert(EQUIPMENT, PlannedEquipment)
    parts = equipment_parts(planned, network, site=nord_site(), banks=banks, seed=1)
    world = world_of(parts=parts, banks=banks)
    relay, recloser, monitor = (banks[name] for name in PLACED)
    assert value(relay, "overcurrent_relay", "self_test_state", world.now_ns) == 1.0
    assert value(relay, "overcurrent_relay", "trips", world.now_ns) == 0.0
    for minute in (1, 2):
        world.advance(START_NS + minute * 60 * SECOND)
    now_ns = world.now_ns
    assert value(relay, "overcurrent_relay", "trips", now_ns) == 2.0
    assert value(relay, "overcurrent_relay", "trip_current", now_ns) > 4000.0
    assert value(relay, "overcurrent_relay", "current", now_ns) == 0.0
    assert value(relay, "overcurrent_relay", "lock_out_state", now_ns) == 1.0
    assert recloser.read(Table.DISCRETE, 0, 3, now_ns) == [1, 0, 1]
    assert value(recloser, "recloser", "operations", now_ns) == 2.0
    assert value(recloser, "recloser", "reclose_shots", now_ns) == 1.0
    assert value(monitor, "vaisala_opt100", "hydrogen", now_ns) == pytest.approx(20.0, rel=0.01)
    assert 0.2 < value(monitor, "vaisala_opt100", "moisture", now_ns) < 100.0


@pytest.mark.parametrize(
    ("name", "asset", "missing"),
    [
        ("vaisala_opt100", "t1", {"gas_pressure"}),
        ("oil_laboratory", "t1", set()),
        ("recloser", "cb13", {"open", "close"}),
    ],
)
def test_the_world_shows_what_a_map_has_by_the_same_names(world_of, network, banks, name, asset, missing):
    planned = msgspec.convert(EQUIPMENT, PlannedEquipment)
    parts = equipment_parts(planned, network, site=nord_site(), banks=banks, seed=1)
    world = world_of(parts=parts, banks=banks)
    assert set(load_map(name).by_quantity) - set(world.scene.shown[asset]) == missing

"""A breaker that is told to open parts at once, and the feeder carries nothing from then on."""

from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from kernel.asset import Asset
from kernel.site import Device
from simulators.devices.make import make_bank
from simulators.faults.device import with_faults
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from tests.unit.simulators.conftest import SECOND

DEVICE = Device(name="device_cb11", asset="cb11", map="breaker")
OPEN = load_map("breaker").by_quantity["open"].slot.address


def told_to_open(world_of, devices, *faults):
    bank = with_faults(make_bank(DEVICE, Asset(name="cb11", kind="breaker")), DEVICE, faults)
    world = world_of(banks=devices | {"device_cb11": bank})
    began_ns, row = world.now_ns, world.flows.rows.branch["f11"]
    bank.write(Table.COIL, OPEN, [1], began_ns)
    world.advance(began_ns + 60 * SECOND)
    return [((one.until_ns - began_ns) / SECOND, float(one.flows.branch[row, 2])) for one in world.stretches]


def test_a_feeder_carries_nothing_from_the_moment_its_contacts_part(world_of, devices):
    assert told_to_open(world_of, devices) == [(0.06, 0.0), (60.0, 0.0)]


def test_behind_a_slow_breaker_it_carries_on_until_that_moves(world_of, devices):
    slow = Fault(kind=FaultKind.BREAKER_SLOW, target="cb11", onset_ns=0, amount=20.0)
    stretches = told_to_open(world_of, devices, slow)
    assert [end_s for end_s, _ in stretches] == [20.0, 20.06, 60.0]
    assert [amperes > 50.0 for _, amperes in stretches] == [True, False, False]

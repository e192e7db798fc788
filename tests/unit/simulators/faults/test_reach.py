"""What hangs behind a transformer, whatever is open, and which fans still turn."""

import pytest

from simulators.faults.fault import Fault, FaultKind, fans_left
from simulators.faults.reach import loads_behind
from simulators.networks.file import shipped

NORD = shipped("nord")


@pytest.mark.parametrize("unit", NORD.transformers, ids=lambda unit: unit.name)
def test_a_feeder_that_stands_open_is_behind_no_transformer(unit):
    all_of_it = loads_behind(NORD, unit, ())
    cable = next(line for line in NORD.lines if line.from_bus == unit.to_bus)
    without = loads_behind(NORD, unit, {cable.name})
    assert set(all_of_it) - set(without) == {load.name for load in NORD.loads if load.bus == cable.to_bus}
    assert without


def test_transformers_share_no_load_while_the_coupler_stands_open_as_drawn():
    assert NORD.open_at_start() == {"coupler", "f15"}
    assert [loads_behind(NORD, unit, ()) for unit in NORD.transformers] == [["f11", "f12"], ["f13", "f14"]]


def test_two_groups_of_fans_that_fail_leave_the_product_of_what_each_leaves():
    pair = [Fault(target="t1", kind=FaultKind.FAN_FAILED, onset_ns=5, amount=a) for a in (0.5, 0.5)]
    assert [fans_left(pair, name, now) for name, now in (("t1", 9), ("t1", 0), ("t2", 9))] == [0.25, 1.0, 1.0]

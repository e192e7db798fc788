"""A simulated device lets a read cross the gaps that its map admits, and nothing else."""

import pytest

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.entry import Table
from drivers.modbus.map import as_map
from drivers.modbus.map_file import read_map_text
from simulators.devices.registers import Registers

POINT = '[[points]]\nquantity = "q{0}"\nunit = "1"\ntable = "input"\naddress = {0}\ntype = "u16"\n'


def registers(gap: int) -> Registers:
    text = f'title = "t"\nsource = "s"\ngap = {gap}\n' + "".join(POINT.format(place) for place in (0, 3, 9))
    return Registers(as_map("own", read_map_text(text, "own.toml")))


def test_a_gap_that_the_map_admits_reads_as_nothing():
    own = registers(2)
    own.show("q0", 7.0)
    own.show("q3", 9.0)
    assert own.read(Table.INPUT, 0, 4) == [7, 0, 0, 9]


@pytest.mark.parametrize(("gap", "address", "count"), [(1, 0, 4), (2, 3, 7), (2, 8, 2), (2, 0, 11)])
def test_any_other_undeclared_register_does_not_exist(gap, address, count):
    with pytest.raises(IllegalAddress):
        registers(gap).read(Table.INPUT, address, count)


def test_a_gap_is_never_written():
    with pytest.raises(IllegalAddress):
        registers(2).put(Table.INPUT, 0, [1, 2, 3, 4])

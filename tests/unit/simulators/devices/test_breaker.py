import pytest

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from simulators.devices.breaker import CLOSED, INTERMEDIATE, OPEN, Breaker

OPEN_COIL, CLOSE_COIL = 0, 1


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(load_map("breaker"), position=OPEN, operating_s=0.06)


def contacts(breaker, now_ns) -> list[int]:
    return breaker.read(Table.DISCRETE, 0, 2, now_ns)


def operations(breaker) -> int:
    high, low = breaker.read(Table.INPUT, 0, 2, 0)
    return high << 16 | low


def test_a_pulse_moves_it_after_its_operating_time(breaker, clock):
    assert contacts(breaker, clock.ns) == [1, 0]
    breaker.write(Table.COIL, CLOSE_COIL, [1], clock.ns)
    assert contacts(breaker, clock.pass_s(0.059)) == [0, 0]
    assert breaker.actuation(clock.ns)["position"] == float(INTERMEDIATE)
    assert contacts(breaker, clock.pass_s(0.001)) == [0, 1]
    assert breaker.actuation(clock.ns)["position"] == float(CLOSED)


def test_every_pulse_is_executed_and_counted_the_unwanted_second_one_too(breaker, clock):
    for _ in range(2):
        breaker.write(Table.COIL, CLOSE_COIL, [1], clock.ns)
        clock.pass_s(1)
    breaker.write(Table.COIL, OPEN_COIL, [1], clock.ns)
    assert operations(breaker) == 3
    assert [one.quantity for one in breaker.journal] == ["close", "close", "open"]
    assert {one.sequence for one in breaker.journal} == {None}


def test_a_pulse_where_it_stands_already_does_not_move_it(breaker, clock):
    breaker.write(Table.COIL, OPEN_COIL, [1], clock.ns)
    assert contacts(breaker, clock.ns) == [1, 0]


def test_opening_while_it_closes_ends_open(breaker, clock):
    breaker.write(Table.COIL, CLOSE_COIL, [1], clock.ns)
    breaker.write(Table.COIL, OPEN_COIL, [1], clock.pass_s(0.03))
    assert contacts(breaker, clock.pass_s(0.04)) == [0, 0]
    assert contacts(breaker, clock.pass_s(0.04)) == [1, 0]


def test_a_zero_is_no_pulse_and_coils_read_zero(breaker, clock):
    breaker.write(Table.COIL, CLOSE_COIL, [0], clock.ns)
    assert operations(breaker) == 0
    breaker.write(Table.COIL, CLOSE_COIL, [1], clock.ns)
    assert breaker.read(Table.COIL, 0, 2, clock.ns) == [0, 0]


def test_open_and_close_at_once_is_refused(breaker, clock):
    with pytest.raises(IllegalValue):
        breaker.write(Table.COIL, 0, [1, 1], clock.ns)
    assert operations(breaker) == 0


@pytest.mark.parametrize(
    ("table", "address"), [(Table.COIL, 2), (Table.HOLDING, 0), (Table.DISCRETE, 0)], ids=str
)
def test_nothing_else_can_be_written(breaker, clock, table, address):
    with pytest.raises(IllegalAddress):
        breaker.write(table, address, [1], clock.ns)


def test_what_the_map_does_not_declare_does_not_exist(breaker, clock):
    with pytest.raises(IllegalAddress):
        breaker.read(Table.DISCRETE, 0, 3, clock.ns)

import pytest

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from simulators.appliances.planned import EvChargers
from simulators.devices.load_controller import LoadController
from tests.unit.simulators.appliances.conftest import HOUR, MINUTE, MONDAY, SECOND, Alone

FREE_KW = 100_000.0


def controller():
    return LoadController(load_map("load_controller"))


def limit(bank, kw, sequence, now_ns, *, reversion_kw=FREE_KW, reversion_s=900):
    tenths, back = round(kw * 10), round(reversion_kw * 10)
    words = [sequence, tenths >> 16, tenths & 0xFFFF, back >> 16, back & 0xFFFF, reversion_s]
    bank.write(Table.HOLDING, 100, words, now_ns)


def test_a_limit_holds_until_its_timer_ends_and_then_what_was_agreed():
    bank = controller()
    assert bank.actuation(0) == {"active_power_limit": FREE_KW}
    limit(bank, 250.0, 1, 10 * SECOND, reversion_kw=600.0, reversion_s=60)
    assert bank.actuation(69 * SECOND) == {"active_power_limit": 250.0}
    assert bank.read(Table.INPUT, 4, 1, 69 * SECOND) == [1]
    assert bank.actuation(70 * SECOND) == {"active_power_limit": 600.0}
    assert bank.read(Table.INPUT, 2, 1, 70 * SECOND) == [2]


def test_a_repeated_number_moves_nothing():
    bank = controller()
    limit(bank, 250.0, 1, 0)
    limit(bank, 400.0, 1, SECOND)
    assert bank.actuation(SECOND) == {"active_power_limit": 250.0}
    assert [(one.sequence, one.value) for one in bank.journal] == [(1, 250.0)]


def test_a_limit_below_nothing_or_a_part_of_the_block_is_refused():
    bank = controller()
    with pytest.raises(IllegalValue):
        bank.write(Table.HOLDING, 100, [1, 0xFFFF, 0xFFFF, 0, 0, 60], 0)
    with pytest.raises(IllegalAddress):
        bank.write(Table.HOLDING, 101, [0, 1], 0)


def test_charging_stations_obey_the_controller_before_them_and_rush_when_it_lets_go():
    bank = controller()
    world = Alone(EvChargers(name="ev", at="f13", count=60), banks={"ev": bank})
    world.advance(MONDAY + 16 * HOUR)
    for sequence in range(1, 13):
        limit(bank, 30.0, sequence, world.now_ns)
        world.advance(world.now_ns + 10 * MINUTE)
        assert world.load_kw("ev") <= 30.0
    bank.sense({"active_power": world.load_kw("ev")}, world.now_ns)
    assert bank.read(Table.INPUT, 0, 2, world.now_ns)[1] == round(world.load_kw("ev") * 10)
    world.advance(world.now_ns + 10 * MINUTE)
    assert world.load_kw("ev") > 100.0

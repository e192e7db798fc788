"""A value that is shown again costs nothing, and still stands where somebody wrote over it."""

import struct

import pytest

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.codec import encode_number
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from simulators.devices.registers import Registers


def read(registers, quantity):
    entry = registers.entry(quantity)
    return tuple(registers.read(entry.table, entry.slot.address, entry.slot.end - entry.slot.address))


def test_what_was_written_over_is_shown_again():
    registers = Registers(load_map("battery_inverter"))
    entry = registers.entry("active_power_setpoint")
    registers.show("active_power_setpoint", 150.0)
    shown = read(registers, "active_power_setpoint")
    assert shown == encode_number(entry.slot, 150.0)
    registers.put(entry.table, entry.slot.address, [0] * len(shown))
    assert read(registers, "active_power_setpoint") != shown
    registers.show("active_power_setpoint", 150.0)
    assert read(registers, "active_power_setpoint") == shown


def test_the_bytes_of_a_read_follow_what_is_shown():
    registers = Registers(load_map("feeder_meter"))
    for value in (1.5, -2.0):
        registers.show("voltage", value)
        assert registers.packed(Table.INPUT, 4, 2) == struct.pack(">f", value)
    for first in range(8):
        for count in range(1, 9 - first):
            words = registers.read(Table.INPUT, first, count)
            assert registers.packed(Table.INPUT, first, count) == struct.pack(f">{count}H", *words)


def test_a_value_that_does_not_fit_gives_way_to_one_that_does():
    registers = Registers(load_map("battery_inverter"))
    registers.show("active_power", float("nan"))
    missing = read(registers, "active_power")
    registers.show("active_power", 10.0)
    assert read(registers, "active_power") != missing


def test_showing_what_the_map_has_shows_each_and_passes_the_others():
    together, one_by_one = (Registers(load_map("feeder_meter")) for _ in range(2))
    quantities = {"voltage": 20.5, "no_such_quantity": 1.0, "active_power": float("nan"), "current": -3.0}
    for factor in (1.0, 1.0, 2.0):
        shown = {name: factor * value for name, value in quantities.items()}
        together.show_known(shown)
        for name, value in shown.items():
            if name in one_by_one:
                one_by_one.show(name, value)
        assert together.packed(Table.INPUT, 0, 8) == one_by_one.packed(Table.INPUT, 0, 8)


def test_a_read_gives_its_own_places_of_its_own_table_as_they_are_now():
    registers = Registers(load_map("breaker"))
    assert registers.read(Table.DISCRETE, 0, 2) == [0, 0]
    registers.show("position", 2.0)
    for _ in range(2):  # the second time it is known what to take
        assert registers.read(Table.COIL, 0, 2) == [0, 0]
        assert registers.read(Table.DISCRETE, 0, 2) == [0, 1]
        assert registers.read(Table.DISCRETE, 1, 1) == [1]
        assert registers.read(Table.DISCRETE, 0, 1) == [0]
        with pytest.raises(IllegalAddress):
            registers.read(Table.DISCRETE, 0, 90)
    registers.show("position", 1.0)
    assert registers.read(Table.DISCRETE, 0, 2) == [1, 0]
    for first in range(70):  # more ways to read than are remembered
        with pytest.raises(IllegalAddress):
            registers.read(Table.DISCRETE, 100 + first, 1 + first)
    assert registers.read(Table.DISCRETE, 0, 2) == [1, 0]

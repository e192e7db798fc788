"""Bits of a register as points of their own; texts as the identity of a device; poll classes and limits."""

import pytest

from drivers.modbus.codec import CannotEncode, encode_number
from drivers.modbus.entry import Encoding, Order, Poll, Slot, Table
from drivers.modbus.identity import Identity, decode_text
from drivers.modbus.limits import Limits
from drivers.modbus.map import as_map
from drivers.modbus.map_file import read_map_text
from drivers.modbus.read_plan import plan_reads
from kernel.quality import FAILURE, INVALID, OUT_OF_RANGE
from simulators.devices.registers import Registers

MAP = """title = "t"
source = "s"

[limits]
registers = 50
functions = [3, 16]
pause_s = 0.02

[[identity]]
name = "model"
table = "holding"
address = 20
count = 3
expected = "AB"

[[points]]
quantity = "tripped"
unit = "1"
table = "holding"
address = 1
type = "u16"
bit = 15
not_implemented = 65535
kind = "code"
states = { 0 = "no", 1 = "yes" }
poll = "fast"

[[points]]
quantity = "mode"
unit = "1"
table = "holding"
address = 1
type = "u16"
bits = [4, 6]
not_implemented = 65535
kind = "code"
states = { 0 = "off", 5 = "on" }
poll = "slow"
"""
OWN = as_map("own", read_map_text(MAP, "own.toml"))


@pytest.mark.parametrize(
    ("word", "values", "qualities"),
    [
        (0x8050, [1.0, 5.0], [0, 0]),
        (0x7FDF, [0.0, 5.0], [0, 0]),
        (0x0000, [0.0, 0.0], [0, 0]),
        (0x8010, [1.0, 0.0], [0, INVALID | OUT_OF_RANGE]),
        (0xFFFF, [0.0, 0.0], [INVALID | FAILURE] * 2),
    ],
    ids=["both", "mode", "none", "unknown mode", "missing"],
)
def test_bits_of_one_register_are_points_of_their_own(word, values, qualities):
    plan = plan_reads(OWN.entries)
    assert [(one.address, one.count) for one in plan.requests] == [(1, 1)]
    value, quality = plan.decode([[word]])
    assert (value.tolist(), quality.tolist()) == (values, qualities)


def test_bits_of_a_double_register_are_counted_from_its_least_significant_one():
    slot = Slot(address=0, encoding=Encoding.U32, order=Order.CDAB, bits=(16, 2))
    assert encode_number(slot, 2.0) == (0, 2)


def test_a_field_takes_no_more_than_its_bits():
    with pytest.raises(CannotEncode, match=r"outside 0\.\.7 of 3 bits"):
        encode_number(Slot(address=0, encoding=Encoding.U16, bits=(4, 3)), 8.0)


def test_a_simulated_device_sets_a_field_and_leaves_the_other_bits():
    registers = Registers(OWN)
    registers.put(Table.HOLDING, 1, [0x000F])
    registers.show("tripped", 1.0)
    registers.show("mode", 5.0)
    assert registers.read(Table.HOLDING, 1, 1) == [0x805F]
    registers.show("tripped", 0.0)
    assert registers.read(Table.HOLDING, 1, 1) == [0x005F]


def test_texts_are_the_identity_of_the_device_and_no_points():
    assert [point.quantity for point in OWN.points("a")] == ["tripped", "mode"]
    assert Registers(OWN).read(Table.HOLDING, 20, 3) == [0x4142, 0, 0]
    assert decode_text(OWN.identity[0], Registers(OWN).read(Table.HOLDING, 20, 3)) == "AB"


@pytest.mark.parametrize(
    ("order", "words", "text"),
    [
        (Order.ABCD, [0x4142, 0x4320, 0x2020], "ABC"),
        (Order.BADC, [0x4241, 0x0043, 0], "ABC"),
        (Order.ABCD, [0, 0, 0], ""),
        (Order.ABCD, [0x4100, 0x5858, 0x5858], "A"),
        (Order.ABCD, [0xFFFF, 0xFFFF, 0xFFFF], "\ufffd" * 6),
    ],
    ids=["padded", "swapped", "none", "left over", "no text"],
)
def test_a_text_ends_at_its_first_nul_and_never_raises(order, words, text):
    assert decode_text(Identity(name="m", table=Table.INPUT, address=0, count=3, order=order), words) == text


def test_poll_class_and_limits_come_from_the_map():
    assert [entry.poll for entry in OWN.entries] == [Poll.FAST, Poll.SLOW]
    assert OWN.limits == Limits(registers=50, functions=(3, 16), pause_s=0.02)


def test_no_request_asks_for_more_than_the_device_admits():
    entries = load(120)
    plan = plan_reads(entries, limits=Limits(registers=50))
    assert [one.count for one in plan.requests] == [50, 50, 20]


def load(count: int):
    points = "".join(
        f'[[points]]\nquantity = "q{place}"\nunit = "1"\ntable = "input"\naddress = {place}\ntype = "u16"\n'
        for place in range(count)
    )
    return read_map_text(f'title = "t"\nsource = "s"\n{points}', "many.toml").entries

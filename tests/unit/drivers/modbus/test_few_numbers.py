"""A short poll is decoded number by number exactly as it is with arrays, whatever a device says."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modbus.entry import Encoding, Entry, Order, Slot, Table
from drivers.modbus.few_numbers import MOST
from drivers.modbus.map import load_map
from drivers.modbus.read_plan import plan_reads

MAPS = ("feeder_meter", "transformer_monitor", "battery_inverter")
SPECIAL = (
    0x0000,
    0x8000,
    0xFFFF,
    0x7FC0,
    0x7F80,
    0x0001,
    *struct.unpack(">2H", struct.pack(">f", -0.0)),
    *struct.unpack(">2H", struct.pack(">f", 3e38)),
)
words = st.one_of(st.sampled_from(SPECIAL), st.integers(0, 0xFFFF))


def plans(name):
    known = load_map(name)
    plan = plan_reads(list(known.entries), gap=known.gap, limits=known.limits)
    return plan, replace(plan, few=None)


@pytest.mark.parametrize("name", MAPS)
@settings(max_examples=60)
@given(data=st.data())
def test_the_bits_are_those_of_the_arrays(name, data):
    few, arrays = plans(name)
    assert few.few is not None
    answers = [
        data.draw(st.none() | st.lists(words, min_size=one.count, max_size=one.count)) for one in few.requests
    ]
    value, quality = few.decode(answers)
    expected, judged = arrays.decode(answers)
    assert value.tobytes() == expected.tobytes()
    assert (quality.tolist(), quality.dtype) == (judged.tolist(), judged.dtype)


def entry(address, encoding=Encoding.U16, table=Table.INPUT, **slot):
    place = Slot(address=address, encoding=encoding, **slot)
    return Entry(quantity=f"q{address}{encoding}", unit="1", table=table, slot=place)


@pytest.mark.parametrize(
    ("entries", "answers"),
    [
        ([entry(0, scale=2.0, not_implemented=6)], [[3]]),
        ([entry(0, Encoding.F32, scale=2.0)], [struct.unpack(">2H", struct.pack(">f", 3e38))]),
        ([entry(0, Encoding.F32, scale=1e300)], [struct.unpack(">2H", struct.pack(">f", 3e38))]),
        ([entry(0, Encoding.F32)], [struct.unpack(">2H", struct.pack(">f", -0.0))]),
        ([entry(0, scale=0.1, offset=5.0), entry(2)], [[7], [9]]),
        ([entry(2), entry(0, Encoding.I32)], [[0xFFFF, 0xFFFE, 4]]),
    ],
    ids=["scaled to the code", "large", "beyond all numbers", "minus zero", "offset", "out of order"],
)
def test_a_number_means_the_same_both_ways(entries, answers):
    plan = plan_reads(entries)
    assert plan.few is not None
    value, quality = plan.decode(answers)
    expected, judged = replace(plan, few=None).decode(answers)
    assert (value.tobytes(), quality.tolist()) == (expected.tobytes(), judged.tolist())


@pytest.mark.parametrize(
    "entries",
    [
        list(load_map("breaker").entries),
        [entry(0, bits=(0, 3))],
        [entry(0, Encoding.F32, order=Order.CDAB)],
        [entry(0, Encoding.U32), entry(1)],
        [entry(place) for place in range(MOST + 1)],
    ],
    ids=["bits", "bits of a register", "swapped words", "a register for two", "many"],
)
def test_what_is_not_plain_or_not_few_is_left_to_the_arrays(entries):
    assert plan_reads(entries).few is None

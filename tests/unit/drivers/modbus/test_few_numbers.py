"""A short poll is decoded number by number exactly as it is with arrays, whatever a device says."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_bits_and_swapped_words_are_left_to_the_arrays():
    known = load_map("breaker")
    assert plan_reads(list(known.entries), gap=known.gap, limits=known.limits).few is None

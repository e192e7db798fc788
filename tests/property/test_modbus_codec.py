"""Whatever the registers hold, the codec gives numbers or holes; whatever it wrote, it reads back."""

import math

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from drivers.modbus.codec import CannotEncode, decode_factor, decode_number, encode_number, merge_bits
from drivers.modbus.entry import (
    BIT_ENCODINGS,
    FLOATS,
    RAW_RANGE,
    SPAN,
    Encoding,
    Entry,
    Factor,
    Order,
    Slot,
    Table,
)
from drivers.modbus.frame import fault_of_reply
from drivers.modbus.limits import MOST_REGISTERS
from drivers.modbus.read_plan import plan_reads

register_encodings = st.sampled_from([one for one in Encoding if one not in BIT_ENCODINGS])
orders = st.sampled_from(Order)
scales = st.sampled_from([1.0, 0.1, 0.01, 10.0, -1.0, 0.25])
words = st.integers(0, 0xFFFF)


@st.composite
def layouts(draw: st.DrawFn) -> list[Entry]:
    """Entries side by side or with gaps, in the order of their addresses."""
    entries, address = [], 0
    for place in range(draw(st.integers(1, 40))):
        encoding = draw(register_encodings)
        address += draw(st.sampled_from([0, 0, 0, 1, 7]))
        code = None if encoding in FLOATS else draw(st.sampled_from([None, RAW_RANGE[encoding][1]]))
        slot = Slot(
            address=address, encoding=encoding, order=draw(orders), scale=draw(scales), not_implemented=code
        )
        entries.append(Entry(quantity=f"q{place}", unit="1", table=Table.HOLDING, slot=slot))
        address = slot.end
    return entries


@given(register_encodings, orders, st.data())
def test_every_raw_number_comes_back_from_its_registers(encoding, order, data):
    slot = Slot(address=0, encoding=encoding, order=order)
    if encoding in FLOATS:
        width = 32 if encoding is Encoding.F32 else 64
        value = data.draw(st.floats(width=width, allow_nan=False, allow_infinity=False))
    else:
        low, high = RAW_RANGE[encoding]  # a value is a float: exact to 53 bits
        value = float(data.draw(st.integers(max(low, -(2**53)), min(high, 2**53))))
    assert decode_number(slot, encode_number(slot, value)) == value


@given(register_encodings, orders, scales, st.floats(-1e6, 1e6))
def test_a_value_comes_back_within_half_a_count_or_is_refused(encoding, order, scale, value):
    slot = Slot(address=0, encoding=encoding, order=order, scale=scale)
    try:
        registers = encode_number(slot, value)
    except CannotEncode:
        reject()
    resolution = abs(value) * 2**-23 if encoding in FLOATS else 0.5 * abs(scale)
    assert abs(decode_number(slot, registers) - value) <= resolution + 1e-9


@given(layouts(), st.integers(0, 10), st.randoms(use_true_random=False))
def test_any_registers_decode_to_numbers_or_holes_in_the_wanted_order(entries, gap, random):
    shuffled = random.sample(entries, len(entries))
    cells = [random.randrange(0x10000) for _ in range(entries[-1].slot.end)]
    plan = plan_reads(shuffled, gap=gap)
    answers = [cells[request.address : request.address + request.count] for request in plan.requests]
    value, quality = plan.decode(answers)
    assert np.isfinite(value).all()
    for entry, got, flags in zip(shuffled, value, quality, strict=True):
        slot = entry.slot
        alone = decode_number(slot, tuple(cells[slot.address : slot.end]))
        if flags:
            missing = slot.not_implemented
            assert not math.isfinite(alone) or (missing is not None and alone == missing * slot.scale)
        else:
            assert got == alone


@given(layouts(), st.integers(0, 10))
def test_every_entry_is_asked_for_once_within_the_limits(entries, gap):
    plan = plan_reads(entries, gap=gap)
    asked = [place for one in plan.requests for place in range(one.address, one.address + one.count)]
    assert len(asked) == len(set(asked))
    assert all(request.count <= MOST_REGISTERS for request in plan.requests)
    declared = {place for one in entries for place in range(one.slot.address, one.slot.end)}
    assert declared <= set(asked)
    if gap == 0:
        assert declared == set(asked)


REQUEST = bytes.fromhex("0001 0000 0006 01 03 0000 0002")
REPLY = bytes.fromhex("0001 0000 0007 01 03 04 0001 0002")


@given(st.binary(max_size=300) | st.binary(max_size=6).map(lambda tail: REPLY[:9] + tail))
def test_bytes_of_any_kind_are_taken_only_where_they_could_be_the_answer(received):
    fault = fault_of_reply(REQUEST, received)
    is_whole = received[:9] == REPLY[:9] and len(received) == len(REPLY)
    assert (fault is None) == is_whole
    assert fault is None or fault


@given(st.integers(0, len(REPLY) - 5), st.integers(1, 255))
def test_any_change_before_the_data_is_noticed(place, change):
    damaged = bytearray(REPLY)
    damaged[place] ^= change
    assert fault_of_reply(REQUEST, bytes(damaged)) is not None


@pytest.mark.parametrize("encoding", list(Encoding), ids=str)
def test_every_encoding_takes_the_room_it_says(encoding):
    assert len(encode_number(Slot(address=0, encoding=encoding), 1.0)) == SPAN[encoding]


@st.composite
def fields(draw: st.DrawFn) -> Slot:
    """Some bits of a register or of two."""
    encoding = draw(st.sampled_from([Encoding.U16, Encoding.U32]))
    width = 16 * SPAN[encoding]
    first = draw(st.integers(0, width - 1))
    count = draw(st.integers(1, width - first))
    return Slot(address=0, encoding=encoding, order=draw(orders), bits=(first, count))


@given(fields(), st.lists(words, min_size=2, max_size=2), st.data())
def test_a_field_comes_back_and_no_other_bit_is_touched(slot, before, data):
    before = before[: slot.end]
    value = float(data.draw(st.integers(0, 2 ** slot.bits[1] - 1)))
    after = merge_bits(slot, before, encode_number(slot, value))
    entry = Entry(quantity="q", unit="1", table=Table.HOLDING, slot=slot)
    assert plan_reads([entry]).decode([after])[0].tolist() == [value] == [decode_number(slot, after)]
    untouched = merge_bits(slot, after, encode_number(slot, decode_number(slot, before)))
    assert untouched == tuple(before)


powers = st.integers(-12, 12) | st.integers(-(2**15), 2**15 - 1)


@given(register_encodings, orders, scales, powers, st.lists(words, min_size=5, max_size=5))
def test_a_plan_scales_as_the_codec_does_whatever_the_scale_register_says(
    encoding, order, scale, power, cells
):
    held = Slot(address=4, encoding=Encoding.I16, not_implemented=-32768)
    factor = Factor(name="SF", table=Table.HOLDING, slot=held)
    slot = Slot(address=0, encoding=encoding, order=order, scale=scale, factor=factor)
    cells[4] = power & 0xFFFF
    plan = plan_reads([Entry(quantity="q", unit="1", table=Table.HOLDING, slot=slot)], gap=4)
    value, quality = plan.decode([cells[one.address : one.address + one.count] for one in plan.requests])
    times = decode_factor(factor, [cells[4]])
    if times is None:
        assert (value.tolist(), bool(quality[0])) == ([0.0], True)
        return
    alone = decode_number(slot, cells[: slot.end], factor=times)
    assert value.tolist() == [alone if math.isfinite(alone) else 0.0]
    assert bool(quality[0]) is not math.isfinite(alone)

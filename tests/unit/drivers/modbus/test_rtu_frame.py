"""RTU answers are judged on their bytes: unit, function, size, echo and checksum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from drivers.modbus.client import read_body, rtu_frame, write_body
from drivers.modbus.entry import Table
from drivers.modbus.frame import INCOMPLETE, numbers_in
from drivers.modbus.framing import MBAP, RTU
from drivers.modbus.rtu_frame import checksum, fault_of_rtu_reply

READ = rtu_frame(read_body(Table.HOLDING, 0, 2), 1)
ANSWER = rtu_frame(bytes.fromhex("03 04 0007 0008"), 1)


@given(st.binary(max_size=260))
def test_two_checksums_that_know_nothing_of_each_other_agree(frame):
    assert checksum(frame) == FramerRTU.compute_CRC(frame).to_bytes(2, "big")


def test_the_frames_of_the_specification():
    # Modbus over Serial Line V1.02, 6.2.2: 02 07 goes out as 02 07 41 12
    assert checksum(bytes.fromhex("02 07")) == bytes.fromhex("41 12")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (ANSWER, None),
        (rtu_frame(bytes.fromhex("83 02"), 1), None),
        (rtu_frame(bytes.fromhex("03 04 0007 0008"), 2), "unit 2 answered for unit 1"),
        (rtu_frame(bytes.fromhex("04 04 0007 0008"), 1), "function 4 answered for function 3"),
        (rtu_frame(bytes.fromhex("84 02"), 1), "function 132 answered for function 3"),
        (rtu_frame(bytes.fromhex("03 02 0007"), 1), "another count than asked for"),
        (ANSWER[:-1] + b"\0", "the checksum is wrong"),
        (ANSWER + b"\0", "1 bytes too many"),
        (b"\0" + ANSWER, "unit 0 answered for unit 1"),
    ],
)
def test_an_answer_belongs_to_its_request_or_the_fault_is_named(answer, fault):
    assert fault_of_rtu_reply(READ, answer) == fault


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_a_part_of_an_answer_is_waited_for(length):
    assert fault_of_rtu_reply(READ, ANSWER[:length]) == INCOMPLETE


@given(place=st.integers(0, len(ANSWER) - 1), bit=st.integers(0, 7))
def test_no_single_flipped_bit_passes(place, bit):
    wrong = bytearray(ANSWER)
    wrong[place] ^= 1 << bit
    assert fault_of_rtu_reply(READ, bytes(wrong)) is not None


@pytest.mark.parametrize(
    ("table", "values"),
    [(Table.COIL, [1]), (Table.HOLDING, [7]), (Table.COIL, [1, 0, 1]), (Table.HOLDING, [7, 8])],
    ids=["5", "6", "15", "16"],
)
def test_a_write_is_acknowledged_by_its_exact_echo_only(table, values):
    body = write_body(table, 3, values)
    request, echo = rtu_frame(body, 1), body[:5]
    assert fault_of_rtu_reply(request, rtu_frame(echo, 1)) is None
    for place in range(1, 5):
        other = bytearray(echo)
        other[place] ^= 1
        fault = fault_of_rtu_reply(request, rtu_frame(bytes(other), 1))
        assert fault == "the device echoed other data than were written"


@given(st.binary(max_size=300), st.integers(1, 125))
def test_no_bytes_at_all_break_the_judgement(received, count):
    request = rtu_frame(read_body(Table.INPUT, 0, count), 1)
    fault = fault_of_rtu_reply(request, received)
    assert fault is None or isinstance(fault, str)


@pytest.mark.parametrize("framing", [MBAP, RTU], ids=["mbap", "rtu"])
@given(registers=st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125))
def test_registers_come_out_as_they_went_in(framing, registers):
    body = bytes([3, 2 * len(registers)]) + b"".join(one.to_bytes(2, "big") for one in registers)
    request = framing.frame(read_body(Table.HOLDING, 0, len(registers)), 5, 9)
    answer = framing.frame(body, 5, 9)
    assert framing.fault(request, answer) is None
    assert numbers_in(framing.body(answer), len(registers)) == registers


@given(st.lists(st.integers(0, 1), min_size=1, max_size=2000))
def test_bits_come_out_as_they_went_in(bits):
    data = bytearray(-(-len(bits) // 8))
    for place, bit in enumerate(bits):
        data[place // 8] |= bit << place % 8
    assert numbers_in(bytes([1, len(data) & 0xFF]) + bytes(data), len(bits)) == bits

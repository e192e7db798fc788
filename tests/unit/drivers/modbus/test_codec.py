import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.codec import (
    USUAL,
    CannotEncode,
    encode_missing,
    encode_number,
    plain_float,
    plain_whole,
)
from drivers.modbus.entry import Encoding, Order, Slot, Table
from drivers.modbus.map import load_map
from drivers.modbus.writes import encode_command, write_function
from kernel.command import Command
from kernel.point import Operation


def command(value: float, **more) -> Command:
    fields = {
        "id": "c1", "trace": "t", "point": "bat1/active_power_setpoint", "value": value,
        "operation": Operation.SETPOINT, "tick": 1, "issued_at_ns": 0, "valid_until_ns": 1,
        "authority": "gate", "revision": "r", "reason": "test",
    }  # fmt: skip
    return Command(**{**fields, **more})


@pytest.mark.parametrize(
    ("order", "registers"),
    [
        (Order.ABCD, (0x4248, 0x0102)),
        (Order.CDAB, (0x0102, 0x4248)),
        (Order.BADC, (0x4842, 0x0201)),
        (Order.DCBA, (0x0201, 0x4842)),
    ],
    ids=str,
)
def test_the_four_orders_lay_the_same_number_as_vendors_do(order, registers):
    value = 50.00098419189453  # 0x42480102 as IEEE 754 single
    assert encode_number(Slot(address=0, encoding=Encoding.F32, order=order), value) == registers


@pytest.mark.parametrize(
    ("slot", "value", "registers"),
    [
        (Slot(address=0, encoding=Encoding.I16, scale=0.1), -12.3, (0x10000 - 123,)),
        (Slot(address=0, encoding=Encoding.U16, order=Order.DCBA), 0x1234, (0x3412,)),
        (Slot(address=0, encoding=Encoding.U32), 70000.0, (1, 4464)),
        (Slot(address=0, encoding=Encoding.I16, offset=-40.0), 0.0, (40,)),
        (Slot(address=0, encoding=Encoding.BOOL), 1.0, (1,)),
        (Slot(address=0, encoding=Encoding.DOUBLE_POINT), 2.0, (0, 1)),
    ],
    ids=["scaled", "swapped bytes", "two words", "offset", "bit", "double point"],
)
def test_a_number_is_laid_out_as_its_slot_says(slot, value, registers):
    assert encode_number(slot, value) == registers


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        (Slot(address=0, encoding=Encoding.I16), 32768.0),
        (Slot(address=0, encoding=Encoding.U16), -1.0),
        (Slot(address=0, encoding=Encoding.U16, not_implemented=65535), 65535.0),
        (Slot(address=0, encoding=Encoding.F32), 1e39),
        (Slot(address=0, encoding=Encoding.F32), math.nan),
        (Slot(address=0, encoding=Encoding.I32), math.inf),
        (Slot(address=0, encoding=Encoding.BOOL), 2.0),
    ],
    ids=["too high", "negative", "means missing", "no single", "nan", "infinite", "no bit"],
)
def test_a_value_without_a_place_is_refused_and_never_clamped(slot, value):
    with pytest.raises(CannotEncode):
        encode_number(slot, value)


def test_missing_values_look_as_devices_show_them():
    assert encode_missing(Slot(address=0, encoding=Encoding.I16, not_implemented=-32768)) == (0x8000,)
    assert encode_missing(Slot(address=0, encoding=Encoding.F32)) == (0x7FC0, 0)
    assert encode_missing(Slot(address=0, encoding=Encoding.U32)) == (0, 0)


SETPOINT = load_map("battery_inverter").by_quantity["active_power_setpoint"]


def test_value_sequence_and_reversion_travel_in_one_write():
    write = encode_command(SETPOINT, command(-150.0, sequence=9, reversion_value=20.0, reversion_s=60.0))
    assert (write.function, write.table, write.address) == (16, Table.HOLDING, 100)
    assert write.values == (9, 0xFFFF, 0x10000 - 1500, 0, 200, 60)


def test_a_set_point_without_a_reversion_takes_the_one_of_the_map():
    assert encode_command(SETPOINT, command(1.0, sequence=1)).values[3:] == (0, 0, 900)


@pytest.mark.parametrize("sequence", [None, 65536, -1], ids=["none", "too high", "negative"])
def test_a_device_with_a_sequence_register_gets_no_write_without_a_fitting_number(sequence):
    with pytest.raises(CannotEncode, match="sequence"):
        encode_command(SETPOINT, command(1.0, sequence=sequence))


def test_a_reversion_time_that_does_not_fit_is_refused():
    with pytest.raises(CannotEncode, match="reversion_s"):
        encode_command(SETPOINT, command(1.0, sequence=1, reversion_s=70_000.0))


def test_a_pulse_writes_one_coil():
    close = load_map("breaker").by_quantity["close"]
    write = encode_command(close, command(1.0, point="cb15/close", operation=Operation.PULSE))
    assert (write.function, write.table, write.address, write.values) == (5, Table.COIL, 1, (1,))


@pytest.mark.parametrize(
    ("table", "count", "function"),
    [(Table.COIL, 1, 5), (Table.COIL, 2, 15), (Table.HOLDING, 1, 6), (Table.HOLDING, 2, 16)],
)
def test_one_value_and_several_have_their_own_functions(table, count, function):
    assert write_function(table, count) == function


def test_companions_are_optional():
    plain = msgspec.structs.replace(SETPOINT, companions=type(SETPOINT.companions)())
    assert encode_command(plain, command(1.0)).values == (0, 10)


@given(
    value=st.floats(-USUAL, USUAL, exclude_min=True, exclude_max=True),
    encoding=st.sampled_from([Encoding.F32, Encoding.F64]),
    scale=st.sampled_from([1.0, 0.1, -1000.0, 1e-9]),
    offset=st.sampled_from([0.0, -273.15]),
)
def test_the_quick_way_of_a_plain_float_gives_the_same_registers(value, encoding, scale, offset):
    slot = Slot(address=0, encoding=encoding, scale=scale, offset=offset)
    quick = plain_float(slot)
    assert quick is not None
    assert quick(value) == encode_number(slot, value)


def test_what_is_no_plain_float_has_no_quick_way():
    assert plain_float(Slot(address=0, encoding=Encoding.I16)) is None
    assert plain_float(Slot(address=0, encoding=Encoding.F32, order=Order.CDAB)) is None


@given(
    value=st.one_of(
        st.floats(-USUAL, USUAL, exclude_min=True, exclude_max=True),
        st.floats(-70_000.0, 70_000.0),
        st.sampled_from([-32768.0, 65535.0, 7.0, 0.5, -0.5]),
    ),
    encoding=st.sampled_from([Encoding.U16, Encoding.I16, Encoding.U32, Encoding.I32, Encoding.I64]),
    scale=st.sampled_from([1.0, 0.1, -1000.0, 1e-9]),
    offset=st.sampled_from([0.0, -273.15]),
    missing=st.sampled_from([None, 7, -32768, 65535]),
)
def test_the_quick_way_of_a_plain_whole_number_gives_the_same_registers(
    value, encoding, scale, offset, missing
):
    slot = Slot(address=0, encoding=encoding, scale=scale, offset=offset, not_implemented=missing)
    quick = plain_whole(slot)
    assert quick is not None
    try:
        wanted = encode_number(slot, value)
    except CannotEncode:
        wanted = None
    assert quick(value) == wanted


def test_what_is_no_plain_whole_number_has_no_quick_way():
    assert plain_whole(Slot(address=0, encoding=Encoding.F32)) is None
    assert plain_whole(Slot(address=0, encoding=Encoding.BOOL)) is None
    assert plain_whole(Slot(address=0, encoding=Encoding.U16, order=Order.BADC)) is None
    assert plain_whole(Slot(address=0, encoding=Encoding.U16, bits=(4, 3))) is None

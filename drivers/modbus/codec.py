"""Numbers to registers and back, without any I/O.

Source: Modbus Application Protocol V1.1b3, 4.2 (data encoding: big-endian registers).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Final

from drivers.modbus.entry import FLOATS, RAW_RANGE, Encoding, Factor, FactorKind, Order, Slot

FORMAT: Final = {
    Encoding.U16: "H",
    Encoding.I16: "h",
    Encoding.U32: "I",
    Encoding.I32: "i",
    Encoding.F32: "f",
    Encoding.U64: "Q",
    Encoding.I64: "q",
    Encoding.F64: "d",
}
"""Letter of each register encoding for the struct module."""
_NUMBER: Final = {encoding: struct.Struct(f">{letter}") for encoding, letter in FORMAT.items()}
_WORDS: Final = {2 * count: struct.Struct(f">{count}H") for count in (1, 2, 4)}
"""By length in bytes."""
USUAL: Final = 1e12
"""Above all that is measured in a grid, in whatever unit."""
POWERS: Final = {float(power): float(f"1e{power}") for power in range(-10, 11)}
"""Ten to the power of each exponent a scale register may hold."""
_SWAPS_BYTES: Final = (Order.BADC, Order.DCBA)
_SWAPS_WORDS: Final = (Order.CDAB, Order.DCBA)


class CannotEncode(ValueError):
    """A value has no place in the registers meant for it; nothing was sent."""

    def __init__(self, what: str, value: float, why: str) -> None:
        self.what = what
        self.value = value
        self.why = why
        super().__init__(f"{what} {value} cannot be encoded: {why}")


def byte_order(slot: Slot) -> tuple[int, ...]:
    """Return which byte on the wire is the first, second ... of the big-endian number.

    >>> byte_order(Slot(address=0, encoding=Encoding.F32, order=Order.CDAB))
    (2, 3, 0, 1)
    """
    places = list(range(2 * (slot.end - slot.address)))
    if slot.order in _SWAPS_BYTES:
        places = [place ^ 1 for place in places]
    if slot.order in _SWAPS_WORDS:
        places = [place for first in range(len(places) - 2, -1, -2) for place in places[first : first + 2]]
    return tuple(places)


def encode_number(slot: Slot, value: float, what: str = "value", *, factor: float = 1.0) -> tuple[int, ...]:
    """Return the registers (or bits) that hold a value; it is rounded to the nearest count.

    Args:
        slot: where it goes. A bit field comes shifted to its place, all other bits 0.
        value: in engineering units.
        what: its name in the error.
        factor: what the device's scale register multiplies by now.

    Raises:
        CannotEncode: it does not fit, is not a number, or would read as not implemented.

    >>> encode_number(Slot(address=0, encoding=Encoding.I32, scale=0.1), -1500.0)
    (65535, 50536)
    """
    if factor == 1.0 and -USUAL < value < USUAL:
        quick = plain_writer(slot)
        words = None if quick is None else quick(value)
        if words is not None:
            return words
    if not math.isfinite(value):
        raise CannotEncode(what, value, "not a finite number")
    counts = (value - slot.offset) / (slot.scale * factor)
    if slot.encoding in FLOATS:
        return _pack_float(slot, counts, what, value)
    raw = round(counts)
    low, high = raw_range(slot)
    if not low <= raw <= high:
        raise CannotEncode(what, value, f"{raw} counts are outside {low}..{high} of {_type_of(slot)}")
    if raw == slot.not_implemented and slot.bits is None:
        raise CannotEncode(what, value, f"{raw} counts mean not implemented")
    if slot.encoding is Encoding.BOOL:
        return (raw,)
    if slot.encoding is Encoding.DOUBLE_POINT:
        return raw & 1, raw >> 1
    return _pack(slot, raw if slot.bits is None else raw << slot.bits[0])


@cache
def plain_writer(slot: Slot) -> Callable[[float], tuple[int, ...] | None] | None:
    """Return the quick way into a slot, `plain_float` or `plain_whole`; None where there is none."""
    return plain_float(slot) or plain_whole(slot)


def plain_float(slot: Slot) -> Callable[[float], tuple[int, ...]] | None:
    """Return the quick way to encode what `encode_number` encodes; None where a slot is no plain float.

    For values below `USUAL`, which fit into any slot: what does not fit is for `encode_number` to refuse.

    >>> encode = plain_float(Slot(address=0, encoding=Encoding.F32))
    >>> encode(20.5) == encode_number(Slot(address=0, encoding=Encoding.F32), 20.5)
    True
    """
    if slot.encoding not in FLOATS or slot.order is not Order.ABCD or slot.factor is not None:
        return None
    if not abs(slot.scale) >= 1.0 / USUAL:
        return None
    number, offset, scale = _NUMBER[slot.encoding], slot.offset, slot.scale
    pack, words = number.pack, _WORDS[number.size].unpack
    return lambda value: words(pack((value - offset) / scale))


def plain_whole(slot: Slot) -> Callable[[float], tuple[int, ...] | None] | None:
    """Return the quick way to encode what `encode_number` encodes; None where a slot is no such number.

    For values below `USUAL`. It gives None for what does not fit or would read as not implemented: that is
    for `encode_number` to refuse.

    >>> tenths = Slot(address=0, encoding=Encoding.I16, scale=0.1)
    >>> encode = plain_whole(tenths)
    >>> encode(-20.5) == encode_number(tenths, -20.5), encode(1e5)
    (True, None)
    """
    if slot.encoding not in RAW_RANGE or slot.order is not Order.ABCD:
        return None
    if slot.factor is not None or slot.bits is not None or not abs(slot.scale) >= 1.0 / USUAL:
        return None
    number, offset, scale, missing = _NUMBER[slot.encoding], slot.offset, slot.scale, slot.not_implemented
    (low, high), pack, words = raw_range(slot), number.pack, _WORDS[number.size].unpack

    def encode(value: float) -> tuple[int, ...] | None:
        raw = round((value - offset) / scale)
        return words(pack(raw)) if low <= raw <= high and raw != missing else None

    return encode


def rounding(slot: Slot, most: float) -> float:
    """Return the most by which a slot changes a value it takes, in the unit of the value.

    Whole counts (scale 1) are taken to be written as such: 0. A scale register is not looked at.

    Args:
        slot: where the value goes.
        most: the largest value, without its sign.

    >>> rounding(Slot(address=0, encoding=Encoding.I16, scale=0.1), 100.0)
    0.05
    """
    if slot.encoding is Encoding.F32:
        return most * 2.0**-23
    return 0.0 if slot.scale == 1.0 or slot.encoding is Encoding.F64 else 0.5 * abs(slot.scale)


def bit_mask(slot: Slot) -> int:
    """Return the bits of the whole number that belong to a slot; all where it is no bit field.

    >>> hex(bit_mask(Slot(address=0, encoding=Encoding.U16, bits=(4, 3))))
    '0x70'
    """
    if slot.bits is None:
        return (1 << 16 * (slot.end - slot.address)) - 1
    first, count = slot.bits
    return ((1 << count) - 1) << first


def merge_bits(slot: Slot, registers: Sequence[int], field: Sequence[int]) -> tuple[int, ...]:
    """Return registers in which a bit field is set and all other bits stand as they did.

    >>> merge_bits(Slot(address=0, encoding=Encoding.U16, bits=(4, 3)), [0xFFFF], [0x0020])
    (65455,)
    """
    mask = mask_words(slot)
    return tuple(old & ~keep & 0xFFFF | new for old, keep, new in zip(registers, mask, field, strict=True))


def mask_words(slot: Slot) -> tuple[int, ...]:
    """Return the registers in which exactly the bits of a slot are 1, in its order."""
    return _pack(slot, bit_mask(slot))


def encode_missing(slot: Slot) -> tuple[int, ...]:
    """Return what a device shows where it has no value: its code, NaN for floats, else 0.

    >>> [hex(word) for word in encode_missing(Slot(address=0, encoding=Encoding.F32))]
    ['0x7fc0', '0x0']
    """
    if slot.encoding in FLOATS:
        return _pack(slot, math.nan)
    if slot.not_implemented is None:
        return (0,) * (slot.end - slot.address)
    return _pack(slot, slot.not_implemented)


def decode_number(slot: Slot, registers: Sequence[int], *, factor: float = 1.0) -> float:
    """Return the engineering value in the registers of one slot; NaN where a float says so.

    >>> decode_number(Slot(address=0, encoding=Encoding.U16, scale=0.1), (215,))
    21.5
    """
    if slot.encoding is Encoding.BOOL:
        return float(registers[0])
    if slot.encoding is Encoding.DOUBLE_POINT:
        return float(registers[0] | registers[1] << 1)
    raw = raw_number(slot, registers)
    if slot.bits is not None:
        raw = (int(raw) & bit_mask(slot)) >> slot.bits[0]
    return raw * (slot.scale * factor) + slot.offset


def reader(slot: Slot) -> Callable[[Sequence[int]], float]:
    """Return what decodes the registers of one slot, as `decode_number` does without a factor: once prepared.

    >>> reader(Slot(address=0, encoding=Encoding.U16, scale=0.1))((215,))
    21.5
    """
    if slot.encoding not in FORMAT or slot.order is not Order.ABCD or slot.bits is not None:
        return partial(decode_number, slot)
    number, scale, offset = _NUMBER[slot.encoding], slot.scale, slot.offset
    pack, unpack = _WORDS[number.size].pack, number.unpack
    return lambda registers: unpack(pack(*registers))[0] * scale + offset


def raw_number(slot: Slot, registers: Sequence[int]) -> float:
    """Return the number in the registers of a slot as the device counts it."""
    wire = _WORDS[2 * len(registers)].pack(*registers)
    if slot.order is not Order.ABCD:
        wire = bytes(wire[place] for place in byte_order(slot))
    raw: float = _NUMBER[slot.encoding].unpack(wire)[0]
    return raw


def decode_factor(factor: Factor, registers: Sequence[int]) -> float | None:
    """Return what a scale register multiplies by; None where it says nothing that can be believed.

    >>> from drivers.modbus.entry import Table
    >>> volts = Factor(name="V_SF", table=Table.HOLDING, slot=Slot(address=0, encoding=Encoding.I16))
    >>> decode_factor(volts, [0xFFFF]), decode_factor(volts, [0x8000])
    (0.1, None)
    """
    raw = raw_number(factor.slot, registers)
    number = raw * factor.slot.scale + factor.slot.offset
    if raw == factor.slot.not_implemented or not factor.low <= number <= factor.high:
        return None
    if factor.kind is FactorKind.FACTOR:
        return number or None  # nothing was ever multiplied by 0
    return POWERS.get(number)


def raw_range(slot: Slot) -> tuple[int, int]:
    """Return the lowest and highest count that a slot of whole numbers holds."""
    if slot.bits is not None:
        return 0, (1 << slot.bits[1]) - 1
    if slot.encoding is Encoding.BOOL:
        return 0, 1
    if slot.encoding is Encoding.DOUBLE_POINT:
        return 0, 3
    return RAW_RANGE[slot.encoding]


def _type_of(slot: Slot) -> str:
    return str(slot.encoding) if slot.bits is None else f"{slot.bits[1]} bits"


def _pack_float(slot: Slot, raw: float, what: str, value: float) -> tuple[int, ...]:
    """Return the registers of an IEEE 754 single or double.

    Raises:
        CannotEncode: it is too large for one.
    """
    try:
        words = _pack(slot, raw)
    except OverflowError:
        raise CannotEncode(what, value, f"too large for {slot.encoding}") from None
    if not math.isfinite(raw):
        raise CannotEncode(what, value, f"too large for {slot.encoding}")
    return words


def _pack(slot: Slot, raw: float) -> tuple[int, ...]:
    ordered = _NUMBER[slot.encoding].pack(raw)
    words = _WORDS[len(ordered)]
    if slot.order is Order.ABCD:  # as it lies on the wire already: the usual case
        return words.unpack(ordered)
    wire = bytearray(len(ordered))
    for place, byte in zip(byte_order(slot), ordered, strict=True):
        wire[place] = byte
    return words.unpack(wire)

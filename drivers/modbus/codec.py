"""Numbers to registers and back, without any I/O.

Source: Modbus Application Protocol V1.1b3, 4.2 (data encoding: big-endian registers).
"""

from __future__ import annotations

import math
import struct
from typing import Final

import msgspec

from drivers.modbus.entry import BIT_TABLES, Encoding, Entry, Order, Slot, Table
from drivers.modbus.map_rules import RAW_RANGE
from kernel.command import Command

FORMAT: Final = {
    Encoding.U16: "H",
    Encoding.I16: "h",
    Encoding.U32: "I",
    Encoding.I32: "i",
    Encoding.F32: "f",
}
"""Letter of each register encoding for the struct module."""
_SWAPS_BYTES: Final = (Order.BADC, Order.DCBA)
_SWAPS_WORDS: Final = (Order.CDAB, Order.DCBA)


class CannotEncode(ValueError):
    """A value has no place in the registers meant for it; nothing was sent."""

    def __init__(self, what: str, value: float, why: str) -> None:
        self.what = what
        self.value = value
        self.why = why
        super().__init__(f"{what} {value} cannot be encoded: {why}")


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write request."""

    table: Table
    address: int
    values: tuple[int, ...]
    """Registers, or bits as 0 and 1."""

    @property
    def function(self) -> int:
        """Function code: 5 and 6 write one value, 15 and 16 several."""
        return write_function(self.table, len(self.values))


def write_function(table: Table, count: int) -> int:
    """Return the function code that writes `count` values.

    >>> write_function(Table.HOLDING, 6)
    16
    """
    single, several = (5, 15) if table in BIT_TABLES else (6, 16)
    return single if count == 1 else several


def byte_order(slot: Slot) -> tuple[int, ...]:
    """Return which byte on the wire is the first, second ... of the big-endian number.

    >>> byte_order(Slot(address=0, encoding=Encoding.F32, order=Order.CDAB))
    (2, 3, 0, 1)
    """
    places = list(range(2 * (slot.end - slot.address)))
    if slot.order in _SWAPS_BYTES:
        places = [place ^ 1 for place in places]
    if slot.order in _SWAPS_WORDS:
        places = places[2:] + places[:2]
    return tuple(places)


def encode_number(slot: Slot, value: float, what: str = "value") -> tuple[int, ...]:
    """Return the registers (or bits) that hold a value; it is rounded to the nearest count.

    Args:
        slot: where it goes.
        value: in engineering units.
        what: its name in the error.

    Raises:
        CannotEncode: it does not fit, is not a number, or would read as not implemented.

    >>> encode_number(Slot(address=0, encoding=Encoding.I32, scale=0.1), -1500.0)
    (65535, 50536)
    """
    if not math.isfinite(value):
        raise CannotEncode(what, value, "not a finite number")
    if slot.encoding is Encoding.F32:
        return _pack(slot, _single(slot, value, what))
    raw = round((value - slot.offset) / slot.scale)
    low, high = _raw_range(slot.encoding)
    if not low <= raw <= high:
        raise CannotEncode(what, value, f"{raw} counts are outside {low}..{high} of {slot.encoding}")
    if raw == slot.not_implemented:
        raise CannotEncode(what, value, f"{raw} counts mean not implemented")
    if slot.encoding is Encoding.BOOL:
        return (raw,)
    if slot.encoding is Encoding.DOUBLE_POINT:
        return raw & 1, raw >> 1
    return _pack(slot, raw)


def encode_missing(slot: Slot) -> tuple[int, ...]:
    """Return what a device shows where it has no value: its code, NaN for f32, else 0.

    >>> [hex(word) for word in encode_missing(Slot(address=0, encoding=Encoding.F32))]
    ['0x7fc0', '0x0']
    """
    if slot.encoding is Encoding.F32:
        return _pack(slot, math.nan)
    if slot.not_implemented is None:
        return (0,) * (slot.end - slot.address)
    return _pack(slot, slot.not_implemented)


def decode_number(slot: Slot, registers: tuple[int, ...]) -> float:
    """Return the engineering value in the registers of one slot; NaN where a float says so.

    >>> decode_number(Slot(address=0, encoding=Encoding.U16, scale=0.1), (215,))
    21.5
    """
    if slot.encoding is Encoding.BOOL:
        return float(registers[0])
    if slot.encoding is Encoding.DOUBLE_POINT:
        return float(registers[0] | registers[1] << 1)
    wire = struct.pack(f">{len(registers)}H", *registers)
    ordered = bytes(wire[place] for place in byte_order(slot))
    raw: float = struct.unpack(f">{FORMAT[slot.encoding]}", ordered)[0]
    return raw * slot.scale + slot.offset


def encode_command(entry: Entry, command: Command) -> Write:
    """Return the write that carries a command with its sequence and its reversion.

    A command without a reversion of its own takes the one of the map: a device with a timer
    never gets a set-point that lasts for ever by accident.

    Raises:
        CannotEncode: a number does not fit, or the device wants a sequence and there is none.
    """
    before = entry.companions.first()
    return _write(entry, [part for part in _parts(entry, command) if part[0] not in before])


def encode_first(entry: Entry, command: Command) -> Write | None:
    """Return the write that must be confirmed before that of the command; None where there is none.

    Raises:
        CannotEncode: a number does not fit.
    """
    before = entry.companions.first()
    return _write(entry, [part for part in _parts(entry, command) if part[0] in before]) if before else None


_Part = tuple[Slot, float, str]
"""A place, its value, and what it is called in an error."""


def _parts(entry: Entry, command: Command) -> list[_Part]:
    """Return everything that goes to the device with a command, by address."""
    parts: list[_Part] = [(entry.slot, command.value, entry.quantity)]
    companions, writing = entry.companions, entry.writing
    if companions.sequence is not None:
        if command.sequence is None:
            raise CannotEncode("sequence", math.nan, f"{entry.quantity} is written with a sequence number")
        parts.append((companions.sequence, command.sequence, "sequence"))
    if companions.reversion_value is not None and writing is not None:
        fallback = _first(command.reversion_value, writing.reversion_value)
        parts.append((companions.reversion_value, fallback, "reversion_value"))
    if companions.reversion_s is not None and writing is not None:
        parts.append(
            (companions.reversion_s, _first(command.reversion_s, writing.reversion_s), "reversion_s")
        )
    parts.extend((fixed, fixed.value, "fixed") for fixed in companions.fixed)
    return sorted(parts, key=lambda part: part[0].address)


def _write(entry: Entry, parts: list[_Part]) -> Write:
    values = [word for slot, value, what in parts for word in encode_number(slot, value, what)]
    return Write(table=entry.table, address=parts[0][0].address, values=tuple(values))


def _first(wanted: float | None, otherwise: float | None) -> float:
    if wanted is not None:
        return wanted
    return 0.0 if otherwise is None else otherwise


def _raw_range(encoding: Encoding) -> tuple[int, int]:
    if encoding is Encoding.BOOL:
        return 0, 1
    if encoding is Encoding.DOUBLE_POINT:
        return 0, 3
    return RAW_RANGE[encoding]


def _single(slot: Slot, value: float, what: str) -> float:
    """Return the number that goes into an IEEE 754 single.

    Raises:
        CannotEncode: it is too large for one.
    """
    raw = (value - slot.offset) / slot.scale
    try:
        struct.pack(">f", raw)
    except OverflowError:
        raise CannotEncode(what, value, "too large for f32") from None
    return raw


def _pack(slot: Slot, raw: float) -> tuple[int, ...]:
    ordered = struct.pack(f">{FORMAT[slot.encoding]}", raw)
    wire = bytearray(len(ordered))
    for place, byte in zip(byte_order(slot), ordered, strict=True):
        wire[place] = byte
    return struct.unpack(f">{len(wire) // 2}H", wire)

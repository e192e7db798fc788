"""The answer of a device to a request: bytes in, bytes out, without any I/O.

Source: Modbus Application Protocol V1.1b3, 6.1 to 6.6, 6.11, 6.12, 6.16, 6.17, 6.21, and 7 (exceptions).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from drivers.modbus.bank import IllegalValue, PackedBank, Refusal, RegisterBank
from drivers.modbus.entry import Table
from drivers.modbus.frame import TABLE_OF
from drivers.modbus.identification import FUNCTION as NAME_YOURSELF
from drivers.modbus.limits import MOST_BITS, MOST_REGISTERS, MOST_WRITTEN
from drivers.modbus.naming import Identification, named

ILLEGAL_FUNCTION: Final = 1
MOST_BITS_WRITTEN: Final = 1968
"""Most coils in one write. Source: 6.11."""
MOST_WRITTEN_BESIDE: Final = 121
"""Most registers in the write of function 23. Source: 6.17."""
NAMELESS: Final = Identification()
_ON, _OFF = 0xFF00, 0x0000
_Packed = Callable[[Table, int, int, int], bytes]


class Answers:
    """What one device says to requests.

    >>> class One:
    ...     def read(self, table, address, count, now_ns): return [7] * count
    ...     def write(self, table, address, values, now_ns): raise IllegalValue("no")
    >>> Answers(One()).to(bytes.fromhex("03 0000 0002"), 0).hex(" ")
    '03 04 00 07 00 07'
    >>> Answers(One()).to(bytes.fromhex("06 0000 0002"), 0).hex(" ")
    '86 03'
    """

    __slots__ = ("_bank", "_by_function", "_objects", "_packed")

    def __init__(self, bank: RegisterBank, name: Identification = NAMELESS) -> None:
        """Answer for a device.

        Args:
            bank: its registers.
            name: how it names itself; without a maker it does not know the function.
        """
        self._bank, self._objects = bank, name.objects()
        self._packed: _Packed = bank.packed if isinstance(bank, PackedBank) else self._pack
        self._by_function: dict[int, Callable[[bytes, int], bytes]] = {
            1: self._bits,
            2: self._bits,
            3: self._registers,
            4: self._registers,
            5: self._write_one,
            6: self._write_one,
            15: self._write_bits,
            16: self._write_registers,
            22: self._mask,
            23: self._write_and_read,
        }
        if self._objects:
            self._by_function[NAME_YOURSELF] = self._name

    def to(self, body: bytes, now_ns: int) -> bytes:
        """Return the body of the answer, function code first: what was asked for, or an exception.

        Args:
            body: of the request, function code first.
            now_ns: operational time, nanoseconds since 1970 UTC.
        """
        function = body[0]
        answering = self._by_function.get(function)
        if answering is None:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        try:
            return answering(body, now_ns)
        except Refusal as refusal:
            return bytes((function | 0x80, refusal.code))

    def _pack(self, table: Table, address: int, count: int, now_ns: int) -> bytes:
        return struct.pack(f">{count}H", *self._bank.read(table, address, count, now_ns))

    def _registers(self, body: bytes, now_ns: int) -> bytes:
        address, count = _asked(body, MOST_REGISTERS)
        words = self._packed(Table.HOLDING if body[0] == 3 else Table.INPUT, address, count, now_ns)
        return bytes((body[0], len(words))) + words

    def _bits(self, body: bytes, now_ns: int) -> bytes:
        address, count = _asked(body, MOST_BITS)
        bits = self._bank.read(TABLE_OF[body[0]], address, count, now_ns)
        octets = sum(bit << place for place, bit in enumerate(bits)).to_bytes(-(-count // 8), "little")
        return bytes((body[0], len(octets))) + octets

    def _write_one(self, body: bytes, now_ns: int) -> bytes:
        """Functions 5 and 6: the answer is the request."""
        address, value = _two(body, 5)
        table = TABLE_OF[body[0]]
        if table is Table.COIL and value not in {_ON, _OFF}:
            raise IllegalValue(f"{value:#06x} switches no coil")
        self._bank.write(table, address, [1 if table is Table.COIL and value else value], now_ns)
        return body

    def _write_registers(self, body: bytes, now_ns: int) -> bytes:
        address, values = _written(body, 1, MOST_WRITTEN)
        self._bank.write(Table.HOLDING, address, values, now_ns)
        return body[:5]

    def _write_bits(self, body: bytes, now_ns: int) -> bytes:
        if len(body) < 6:
            raise IllegalValue("too short")
        address, count = struct.unpack_from(">HH", body, 1)
        octets = -(-count // 8)
        if not 1 <= count <= MOST_BITS_WRITTEN or body[5] != octets or len(body) != 6 + octets:
            raise IllegalValue(f"{count} coils in {len(body) - 6} bytes")
        bits = [body[6 + place // 8] >> place % 8 & 1 for place in range(count)]
        self._bank.write(Table.COIL, address, bits, now_ns)
        return body[:5]

    def _mask(self, body: bytes, now_ns: int) -> bytes:
        if len(body) != 7:
            raise IllegalValue("a mask write has 7 bytes")
        address, keep, put = struct.unpack_from(">HHH", body, 1)
        word = self._bank.read(Table.HOLDING, address, 1, now_ns)[0]
        self._bank.write(Table.HOLDING, address, [word & keep | put & ~keep & 0xFFFF], now_ns)
        return body

    def _name(self, body: bytes, _: int) -> bytes:
        return named(self._objects, body)

    def _write_and_read(self, body: bytes, now_ns: int) -> bytes:
        """Function 23: the write goes first."""
        address, count = _two(body[:5], 5)
        if not 1 <= count <= MOST_REGISTERS:
            raise IllegalValue(f"{count} registers")
        first, values = _written(body, 5, MOST_WRITTEN_BESIDE)
        self._bank.write(Table.HOLDING, first, values, now_ns)
        words = self._packed(Table.HOLDING, address, count, now_ns)
        return bytes((body[0], len(words))) + words


def _two(body: bytes, size: int) -> tuple[int, int]:
    """Take the two numbers behind the function code."""
    if len(body) != size:
        raise IllegalValue(f"{len(body)} bytes where {size} belong")
    return body[1] << 8 | body[2], body[3] << 8 | body[4]


def _asked(body: bytes, most: int) -> tuple[int, int]:
    """Take address and count of a read."""
    address, count = _two(body, 5)
    if not 1 <= count <= most:
        raise IllegalValue(f"{count} of at most {most}")
    return address, count


def _written(body: bytes, at: int, most: int) -> tuple[int, list[int]]:
    """Take address and registers of a write that begins at a byte."""
    if len(body) < at + 5:
        raise IllegalValue("too short")
    address, count = struct.unpack_from(">HH", body, at)
    if not 1 <= count <= most or body[at + 4] != 2 * count or len(body) != at + 5 + 2 * count:
        raise IllegalValue(f"{count} registers in {len(body) - at - 5} bytes")
    return address, list(struct.unpack_from(f">{count}H", body, at + 5))

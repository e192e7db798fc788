"""Entries of a register map: where a quantity lies in a device, and what its numbers mean."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kernel.point import Kind, Plausibility, Writing


class Table(StrEnum):
    """The four tables of a Modbus device.

    Source: Modbus Application Protocol V1.1b3, 4.3 (data model).
    """

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


class Encoding(StrEnum):
    """How a number lies in registers or bits."""

    BOOL = "bool"
    """One bit."""
    DOUBLE_POINT = "double_point"
    """Two bits, the open contact first: 0 intermediate, 1 open, 2 closed, 3 bad (IEC 61850-7-3 Dbpos)."""
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    F32 = "f32"
    U64 = "u64"
    """Counts above 2**53 lose their last bits: a value is a 64-bit float."""
    I64 = "i64"
    F64 = "f64"


class Order(StrEnum):
    """Order of the bytes on the wire, A being the most significant one of a 32-bit number.

    A 16-bit number is swapped where its bytes are: in `BADC` and `DCBA`. A 64-bit number is laid
    likewise: CDAB stands for GHEFCDAB, BADC for BADCFEHG, DCBA for HGFEDCBA.
    """

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


LONG_ORDERS: Final = {
    "ABCDEFGH": Order.ABCD,
    "GHEFCDAB": Order.CDAB,
    "BADCFEHG": Order.BADC,
    "HGFEDCBA": Order.DCBA,
}
"""Names of the orders as tables of 64-bit numbers write them."""


class Access(StrEnum):
    """What a client may do with an entry."""

    READ = "read"
    READ_WRITE = "read_write"
    WRITE = "write"


class Poll(StrEnum):
    """How often a quantity is worth a request; the driver knows what each means in seconds."""

    FAST = "fast"
    """Every poll: what protects, limits or alarms."""
    NORMAL = "normal"
    SLOW = "slow"
    """Temperatures, gases, energies: what moves in minutes."""
    STATIC = "static"
    """Ratings and settings: what moves when somebody moves it."""


BIT_TABLES: Final = (Table.COIL, Table.DISCRETE)
BIT_ENCODINGS: Final = (Encoding.BOOL, Encoding.DOUBLE_POINT)
FLOATS: Final = (Encoding.F32, Encoding.F64)
WRITABLE_TABLES: Final = (Table.COIL, Table.HOLDING)
SPAN: Final = {
    Encoding.BOOL: 1,
    Encoding.DOUBLE_POINT: 2,
    Encoding.U16: 1,
    Encoding.I16: 1,
    Encoding.U32: 2,
    Encoding.I32: 2,
    Encoding.F32: 2,
    Encoding.U64: 4,
    Encoding.I64: 4,
    Encoding.F64: 4,
}
"""Bits or registers that a number takes."""
RAW_RANGE: Final = {
    Encoding.U16: (0, 0xFFFF),
    Encoding.I16: (-0x8000, 0x7FFF),
    Encoding.U32: (0, 0xFFFF_FFFF),
    Encoding.I32: (-0x8000_0000, 0x7FFF_FFFF),
    Encoding.U64: (0, 2**64 - 1),
    Encoding.I64: (-(2**63), 2**63 - 1),
}
"""Lowest and highest raw number of the integer encodings."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A place for one number: value = raw x scale + offset.

    >>> Slot(address=4, encoding=Encoding.F32).end
    6
    """

    address: int
    """First bit or register, counted from 0 as on the wire."""
    encoding: Encoding
    order: Order = Order.ABCD
    scale: float = 1.0
    """Engineering units in one count."""
    offset: float = 0.0
    """Engineering value at count 0."""
    not_implemented: int | None = None
    """Raw number that says the device has no value; for floats it is NaN and stands nowhere.

    Of a bit field it is the number in the whole register.
    """
    bits: tuple[int, int] | None = None
    """First bit, 0 being the least significant, and how many: the rest of the register is others'."""
    factor: Factor | None = None
    """Register that multiplies the value; None where the map says all."""

    @property
    def end(self) -> int:
        """First address behind the number."""
        return self.address + SPAN[self.encoding]


class FactorKind(StrEnum):
    """What the number in a scale register does."""

    EXPONENT = "exponent"
    """The value is multiplied by ten to the power of it (SunSpec `sunssf`)."""
    FACTOR = "factor"
    """The value is multiplied by it, as by a transformer's ratio."""


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """A scale register of a device: where it has no value in range, what it scales is invalid."""

    name: str
    table: Table
    slot: Slot
    kind: FactorKind = FactorKind.EXPONENT
    low: float = -10.0
    """Lowest number believed. Source of -10 and 10: SunSpec Device Information Model Specification V1.1."""
    high: float = 10.0
    """Highest number believed."""


class Fixed(Slot, frozen=True, kw_only=True):
    """A place that gets the same number with every write: a mode, an enabling switch."""

    value: float


class Companions(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that travel with the value, in the same table; each write covers them without a gap."""

    sequence: Slot | None = None
    """Number of the write; the device executes each number once."""
    reversion_value: Slot | None = None
    """What the device falls back to."""
    reversion_s: Slot | None = None
    """When it falls back, seconds after the write; 0 means never."""
    fixed: tuple[Fixed, ...] = ()
    """What else stands between or beside them."""
    reversion_first: bool = False
    """True where the reversion, and what is fixed between its places, goes in a write of its own before the
    value: for a device that takes registers in the order of addresses and enables first."""

    def slots(self) -> tuple[Slot, ...]:
        """Return those the device has."""
        every = (self.sequence, self.reversion_value, self.reversion_s, *self.fixed)
        return tuple(slot for slot in every if slot is not None)

    def first(self) -> tuple[Slot, ...]:
        """Return those that are written before the value."""
        timed = [slot for slot in (self.reversion_value, self.reversion_s) if slot is not None]
        if not self.reversion_first or not timed:
            return ()
        low, high = min(slot.address for slot in timed), max(slot.end for slot in timed)
        return tuple(slot for slot in self.slots() if low <= slot.address < high)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of a device."""

    quantity: str
    unit: str
    table: Table
    slot: Slot
    kind: Kind = Kind.ANALOG
    access: Access = Access.READ
    states: dict[int, str] = {}
    """Names of the codes; a code without a name is read as invalid."""
    stale_s: float = 10.0
    """Age at which a value counts as old, seconds; the site file may change it."""
    poll: Poll = Poll.NORMAL
    plausibility: Plausibility | None = None
    writing: Writing | None = None
    """As in the kernel's point, but `feedback` and `sequence` name quantities of this map."""
    companions: Companions = Companions()
    source: str = ""
    """Page or row of the vendor's table, where the map's own source is not enough."""

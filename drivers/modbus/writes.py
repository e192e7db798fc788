"""Commands to write requests: what leaves, and with what beside it.

Source: Modbus Application Protocol V1.1b3, 6.5, 6.6, 6.11, 6.12 and 6.16 (functions 5, 6, 15, 16, 22).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from drivers.modbus.codec import CannotEncode, encode_number, mask_words
from drivers.modbus.entry import BIT_TABLES, Entry, Slot, Table
from drivers.modbus.limits import MASK_WRITE
from kernel.command import Command

NO_FACTORS: Final[Mapping[str, float]] = MappingProxyType({})

Part = tuple[Slot, float, str]
"""Where a number goes, the number, and its name in errors."""


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write request."""

    table: Table
    address: int
    values: tuple[int, ...]
    """Registers, or bits as 0 and 1."""
    mask: int | None = None
    """Bits of the one register that are set as in `values`; None writes all of them."""

    @property
    def function(self) -> int:
        """Function code: 5 and 6 write one value, 15 and 16 several, 22 some bits of one register."""
        return write_function(self.table, len(self.values)) if self.mask is None else MASK_WRITE


def write_function(table: Table, count: int) -> int:
    """Return the function code that writes `count` values.

    >>> write_function(Table.HOLDING, 6)
    16
    """
    single, several = (5, 15) if table in BIT_TABLES else (6, 16)
    return single if count == 1 else several


def encode_command(entry: Entry, command: Command, factors: Mapping[str, float] = NO_FACTORS) -> Write:
    """Return the write that carries a command with its sequence and its reversion.

    A command without a reversion of its own takes the one of the map: a device with a timer
    never gets a set-point that lasts for ever by accident.

    Args:
        entry: what is written.
        command: the value, in the entry's unit.
        factors: what the device's scale registers multiply by now, by name.

    Raises:
        CannotEncode: a number does not fit, the device wants a sequence and there is none, or the
            scale register that a number needs has no value.
    """
    parts, before = _parts(entry, command), entry.companions.first()
    return _write(entry, [part for part in parts if part[0] not in before] if before else parts, factors)


def encode_first(entry: Entry, command: Command, factors: Mapping[str, float] = NO_FACTORS) -> Write | None:
    """Return the write that must be confirmed before that of the command; None where there is none.

    Raises:
        CannotEncode: a number does not fit, or the scale register that it needs has no value.
    """
    before = entry.companions.first()
    if not before:
        return None
    return _write(entry, [part for part in _parts(entry, command) if part[0] in before], factors)


def _parts(entry: Entry, command: Command) -> list[Part]:
    """Return everything that goes to the device with a command, by address."""
    parts: list[Part] = [(entry.slot, command.value, entry.quantity)]
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


def _write(entry: Entry, parts: list[Part], factors: Mapping[str, float]) -> Write:
    values = [
        word
        for slot, value, what in parts
        for word in encode_number(slot, value, what, factor=_factor(slot, value, what, factors))
    ]
    mask = None if entry.slot.bits is None else mask_words(entry.slot)[0]
    return Write(table=entry.table, address=parts[0][0].address, values=tuple(values), mask=mask)


def _factor(slot: Slot, value: float, what: str, factors: Mapping[str, float]) -> float:
    if slot.factor is None:
        return 1.0
    if slot.factor.name not in factors:
        raise CannotEncode(what, value, f"its scale register {slot.factor.name} has no value")
    return factors[slot.factor.name]


def _first(wanted: float | None, otherwise: float | None) -> float:
    if wanted is not None:
        return wanted
    return 0.0 if otherwise is None else otherwise

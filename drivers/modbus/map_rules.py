"""Rules that a register map keeps: each gives what is wrong, none stops at the first fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from drivers.modbus.entry import (
    BIT_ENCODINGS,
    BIT_TABLES,
    FLOATS,
    RAW_RANGE,
    Access,
    Encoding,
    Entry,
    Factor,
    FactorKind,
    Slot,
    Table,
)
from drivers.modbus.identity import Identity
from drivers.modbus.limits import Limits
from drivers.modbus.map_fault import MapFault
from drivers.modbus.map_room import overlaps
from drivers.modbus.map_writing import writing_faults
from kernel.point import Kind

_READS: Final = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
"""Function that reads each table. Source: Modbus Application Protocol V1.1b3, 6.1 to 6.4."""
_BIT_FIELDS: Final = (Encoding.U16, Encoding.U32)


def faults_of(
    entries: Sequence[Entry],
    factors: Sequence[Factor] = (),
    identity: Sequence[Identity] = (),
    limits: Limits | None = None,
) -> tuple[MapFault, ...]:
    """Return everything that is wrong with the meaning of a map."""
    limits = limits or Limits()
    quantities = Counter(entry.quantity for entry in entries)
    names = Counter([*(factor.name for factor in factors), *(one.name for one in identity)])
    found = [
        MapFault(where=name, text=f"is declared {count} times")
        for name, count in (*quantities.items(), *names.items())
        if count > 1
    ]
    for entry in entries:
        texts = (
            *_table_faults(entry, limits),
            *_meaning_faults(entry),
            *writing_faults(entry, set(quantities), limits),
        )
        found.extend(MapFault(where=entry.quantity, text=text) for text in texts)
    for factor in factors:
        found.extend(MapFault(where=factor.name, text=text) for text in _factor_faults(factor, entries))
    found.extend(
        MapFault(where=text.name, text=f"a text cannot lie at {text.table} {text.address}..{text.end - 1}")
        for text in identity
        if text.table in BIT_TABLES or text.end > 65536
    )
    found.extend(overlaps(entries, factors, identity))
    return tuple(found)


def _table_faults(entry: Entry, limits: Limits) -> Iterator[str]:
    for slot in (entry.slot, *entry.companions.slots()):
        yield from _place_faults(entry.table, slot)
    if entry.access is not Access.WRITE and _READS[entry.table] not in limits.functions:
        yield f"table {entry.table} is read by function {_READS[entry.table]}, which the device does not have"
    if entry.slot.end - entry.slot.address > limits.registers and entry.table not in BIT_TABLES:
        yield f"takes more than the {limits.registers} registers that one read admits"


def _place_faults(table: Table, slot: Slot) -> Iterator[str]:
    if (table in BIT_TABLES) != (slot.encoding in BIT_ENCODINGS):
        yield f"type {slot.encoding} cannot lie in table {table}"
    if slot.end > 65536:
        yield f"address {slot.address} leaves the table"
    yield from _number_faults(slot)
    if slot.bits is not None:
        yield from _bit_faults(slot, slot.bits)


def _number_faults(slot: Slot) -> Iterator[str]:
    if slot.scale == 0.0:
        yield f"scale 0 at address {slot.address} makes every value equal"
    if slot.not_implemented is None:
        return
    if slot.encoding not in RAW_RANGE:
        yield f"type {slot.encoding} has no code for not implemented; leave it out"
        return
    low, high = RAW_RANGE[slot.encoding]
    if not low <= slot.not_implemented <= high:
        yield f"not_implemented {slot.not_implemented} does not fit {slot.encoding}"


def _bit_faults(slot: Slot, bits: tuple[int, int]) -> Iterator[str]:
    first, count = bits
    if slot.encoding not in _BIT_FIELDS:
        yield f"bits are cut out of u16 or u32, not of {slot.encoding}"
    elif first + count > 16 * (slot.end - slot.address):
        yield f"bit {first + count - 1} is not in {slot.encoding}"
    if slot.factor is not None:
        yield "bits have no scale register"


def _meaning_faults(entry: Entry) -> Iterator[str]:
    slot = entry.slot
    if (entry.kind is Kind.CODE) != bool(entry.states):
        yield "states belong to kind code, and a code has states"
    if entry.kind is Kind.CODE:
        if slot.encoding in FLOATS or slot.encoding in (Encoding.U64, Encoding.I64):
            yield f"a code is a whole number of at most 32 bits, not {slot.encoding}"
        elif (slot.scale, slot.offset, slot.factor) != (1.0, 0.0, None):
            yield "a code has neither scale nor offset"
        yield from _state_faults(entry)
    believable = entry.plausibility
    if believable is not None and believable.low >= believable.high:
        yield f"plausibility low {believable.low} is not below high {believable.high}"


def _state_faults(entry: Entry) -> Iterator[str]:
    slot = entry.slot
    low, high = RAW_RANGE.get(slot.encoding, (0, 3))
    if slot.bits is not None:
        low, high = 0, (1 << slot.bits[1]) - 1
    for code, name in entry.states.items():
        if not low <= code <= high:
            yield f"code {code} ({name}) never shows: it is outside {low}..{high}"
        elif code == slot.not_implemented and slot.bits is None:
            yield f"code {code} ({name}) means not implemented too"


def _factor_faults(factor: Factor, entries: Sequence[Entry]) -> Iterator[str]:
    yield from _place_faults(factor.table, factor.slot)
    if factor.kind is FactorKind.EXPONENT and factor.slot.encoding in FLOATS:
        yield "an exponent is a whole number"
    if factor.kind is FactorKind.EXPONENT and not -10.0 <= factor.low <= factor.high <= 10.0:
        yield "an exponent lies within -10..10"
    if factor.low > factor.high:
        yield f"low {factor.low} is above high {factor.high}"
    every = (slot for entry in entries for slot in (entry.slot, *entry.companions.slots()))
    if not any(slot.factor is not None and slot.factor.name == factor.name for slot in every):
        yield "scales nothing: no entry names it in scale_from"

"""Rules that a register map keeps: each gives what is wrong, none stops at the first fault."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from drivers.modbus.entry import (
    BIT_ENCODINGS,
    BIT_TABLES,
    WRITABLE_TABLES,
    Access,
    Encoding,
    Entry,
    Slot,
    Table,
)
from kernel.point import Kind


class MapFault(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a register map."""

    where: str
    """Quantity and field, or `file`."""
    text: str


RAW_RANGE = {
    Encoding.U16: (0, 0xFFFF),
    Encoding.I16: (-0x8000, 0x7FFF),
    Encoding.U32: (0, 0xFFFF_FFFF),
    Encoding.I32: (-0x8000_0000, 0x7FFF_FFFF),
}
"""Lowest and highest raw number of the integer encodings."""


def faults_of(entries: Sequence[Entry]) -> tuple[MapFault, ...]:
    """Return everything that is wrong with the meaning of a map."""
    quantities = Counter(entry.quantity for entry in entries)
    found = [
        MapFault(where=quantity, text=f"is declared {count} times")
        for quantity, count in quantities.items()
        if count > 1
    ]
    for entry in entries:
        texts = (*_table_faults(entry), *_meaning_faults(entry), *_writing_faults(entry, set(quantities)))
        found.extend(MapFault(where=entry.quantity, text=text) for text in texts)
    found.extend(_overlaps(entries))
    return tuple(found)


def _table_faults(entry: Entry) -> Iterator[str]:
    bits = entry.table in BIT_TABLES
    for slot in (entry.slot, *entry.companions.slots()):
        if bits != (slot.encoding in BIT_ENCODINGS):
            yield f"type {slot.encoding} cannot lie in table {entry.table}"
        if slot.end > 65536:
            yield f"address {slot.address} leaves the table"
        yield from _number_faults(slot)


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


def _meaning_faults(entry: Entry) -> Iterator[str]:
    if (entry.kind is Kind.CODE) != bool(entry.states):
        yield "states belong to kind code, and a code has states"
    believable = entry.plausibility
    if believable is not None and believable.low >= believable.high:
        yield f"plausibility low {believable.low} is not below high {believable.high}"


def _writing_faults(entry: Entry, quantities: set[str]) -> Iterator[str]:
    writing = entry.writing
    if (writing is not None) != (entry.access is not Access.READ):
        yield f"access {entry.access} does not agree with the writing section"
    if writing is None:
        if entry.companions.slots():
            yield "companions without a writing section"
        return
    if entry.table not in WRITABLE_TABLES:
        yield f"table {entry.table} cannot be written"
    if not writing.low <= writing.safe_value <= writing.high:
        yield f"safe_value {writing.safe_value} is outside {writing.low}..{writing.high}"
    for role, quantity in (("feedback", writing.feedback), ("sequence", writing.sequence)):
        if quantity and quantity not in quantities:
            yield f"{role} names {quantity}, which is not in this map"
    yield from _companion_faults(entry)


def _companion_faults(entry: Entry) -> Iterator[str]:
    first = entry.companions.first()
    rest = [slot for slot in (entry.slot, *entry.companions.slots()) if slot not in first]
    for slots in (first, rest):
        for before, after in pairwise(sorted(slots, key=lambda slot: slot.address)):
            if before.end != after.address:
                yield f"one write cannot cover {before.address} and {after.address}: not side by side"
    yield from _fixed_faults(entry)
    writing = entry.writing
    timed = entry.companions.reversion_s is not None
    if writing is not None and timed != (writing.reversion_s is not None):
        yield "reversion_s stands in one of writing and companions, not in both"
    if timed and writing is not None and writing.reversion_value is None:
        yield "reversion_s without a reversion_value"


def _fixed_faults(entry: Entry) -> Iterator[str]:
    for fixed in entry.companions.fixed:
        raw = round((fixed.value - fixed.offset) / fixed.scale) if fixed.scale else 0
        low, high = RAW_RANGE.get(fixed.encoding, (-math.inf, math.inf))
        if not low <= raw <= high:
            yield f"fixed value {fixed.value} at address {fixed.address} does not fit {fixed.encoding}"
    if entry.companions.reversion_first and entry.companions.reversion_s is None:
        yield "reversion_first without a reversion_s"


def _overlaps(entries: Sequence[Entry]) -> Iterator[MapFault]:
    """Find registers that two entries claim; a companion may have an entry of its own that only reads it."""
    owner: dict[tuple[Table, int], str] = {}
    shown = {(entry.table, entry.slot.address) for entry in entries if entry.access is Access.READ}
    for entry in entries:
        companions = [slot for slot in entry.companions.slots() if (entry.table, slot.address) not in shown]
        for slot in (entry.slot, *companions):
            for address in range(slot.address, slot.end):
                first = owner.setdefault((entry.table, address), entry.quantity)
                if first != entry.quantity:
                    yield MapFault(
                        where=entry.quantity, text=f"{entry.table} {address} is taken by {first} already"
                    )

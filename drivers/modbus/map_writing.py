"""Rules for what can be written: that it fits, that it can be verified, that the device can do it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Set
from itertools import pairwise

from drivers.modbus.codec import raw_range, rounding
from drivers.modbus.entry import (
    FLOATS,
    RAW_RANGE,
    WRITABLE_TABLES,
    Access,
    Encoding,
    Entry,
    Slot,
    Table,
)
from drivers.modbus.limits import MASK_WRITE, Limits
from drivers.modbus.writes import write_function
from kernel.point import Operation, Writing


def writing_faults(entry: Entry, quantities: Set[str], limits: Limits) -> Iterator[str]:
    """Give what is wrong with how an entry is written."""
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
    named = ("feedback", "sequence", "select", "local")
    for role, quantity in ((role, getattr(writing, role)) for role in named):
        if quantity and quantity not in quantities:
            yield f"{role} names {quantity}, which is not in this map"
    yield from _verify_faults(entry, writing)
    yield from _function_faults(entry, limits)
    yield from _companion_faults(entry)


def _verify_faults(entry: Entry, writing: Writing) -> Iterator[str]:
    """A write whose effect nobody can see is not accepted: that is how writes "succeed" and do nothing."""
    unseen = not writing.feedback or writing.feedback == entry.quantity
    if entry.access is Access.WRITE and unseen:
        yield "cannot be read back: name in feedback what shows the effect"
    if writing.operation is Operation.PULSE and unseen:
        yield "a pulse is over when it could be read back: name in feedback what shows the effect"
    slot = entry.slot
    if slot.factor is not None and unseen and not writing.tolerance:
        yield f"tolerance is needed: {slot.factor.name} decides by how much a value is rounded"
    if slot.encoding in FLOATS or slot.encoding not in RAW_RANGE or not slot.scale or slot.factor is not None:
        return
    low, high = raw_range(slot)
    for name, limit in (("low", writing.low), ("high", writing.high)):
        counts = round((limit - slot.offset) / slot.scale) if math.isfinite(limit) else math.inf
        if not low <= counts <= high:
            yield f"{name} {limit} does not fit {slot.encoding}: {counts} counts"
    rounded = rounding(slot, 0.0)
    if unseen and writing.tolerance < rounded * (1 - 1e-9):
        yield f"tolerance {writing.tolerance} is less than the half count {rounded} of its rounding"


def _function_faults(entry: Entry, limits: Limits) -> Iterator[str]:
    if entry.table not in WRITABLE_TABLES:
        return
    if entry.slot.bits is not None:
        yield from _bit_write_faults(entry, limits)
        return
    for slots in _requests(entry):
        count = sum(slot.end - slot.address for slot in slots)
        function = write_function(entry.table, count)
        if function not in limits.functions:
            yield f"is written by function {function}, which the device does not have"
        if entry.table is Table.HOLDING and count > limits.written:
            yield f"one write takes {count} registers, the device admits {limits.written}"


def _requests(entry: Entry) -> list[list[Slot]]:
    """Return what each write request of an entry carries, by address: what goes first, and the value."""
    first = entry.companions.first()
    rest = [slot for slot in (entry.slot, *entry.companions.slots()) if slot not in first]
    return [sorted(slots, key=_address) for slots in (first, rest) if slots]


def _bit_write_faults(entry: Entry, limits: Limits) -> Iterator[str]:
    """Read, change, write back would undo what somebody else has changed in between."""
    if MASK_WRITE not in limits.functions:
        yield "bits of a register are written by function 22 (mask write); limits.functions does not have it"
    if entry.slot.encoding is not Encoding.U16:
        yield f"function 22 writes bits of one register, not of {entry.slot.encoding}"
    if entry.companions.slots():
        yield "bits are written alone, without companions"


def _companion_faults(entry: Entry) -> Iterator[str]:
    for slots in _requests(entry):
        for before, after in pairwise(slots):
            if before.end != after.address:
                yield f"one write cannot cover {before.address} and {after.address}: not side by side"
    yield from _fixed_faults(entry)
    writing = entry.writing
    timed = entry.companions.reversion_s is not None
    if writing is not None and timed != (writing.reversion_s is not None):
        yield "reversion_s stands in one of writing and companions, not in both"
    if timed and writing is not None and writing.reversion_value is None:
        yield "reversion_s without a reversion_value"
    if timed and writing is not None and writing.reverts_unrenewed:
        yield f"renew_s is at most half of reversion_s ({writing.reversion_s:g} s), or the device falls back"


def _fixed_faults(entry: Entry) -> Iterator[str]:
    for fixed in entry.companions.fixed:
        raw = round((fixed.value - fixed.offset) / fixed.scale) if fixed.scale else 0
        low, high = RAW_RANGE.get(fixed.encoding, (-math.inf, math.inf))
        if not low <= raw <= high:
            yield f"fixed value {fixed.value} at address {fixed.address} does not fit {fixed.encoding}"
    if entry.companions.reversion_first and entry.companions.reversion_s is None:
        yield "reversion_first without a reversion_s"


def _address(slot: Slot) -> int:
    return slot.address

"""Registers that two parts of a map claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drivers.modbus.codec import bit_mask
from drivers.modbus.entry import Access, Entry, Factor, Slot, Table
from drivers.modbus.identity import Identity
from drivers.modbus.map_fault import MapFault

Claim = tuple[str, Slot | None]
"""Who takes a register, and as what; None for a text."""


def overlaps(
    entries: Sequence[Entry], factors: Sequence[Factor], identity: Sequence[Identity]
) -> Iterator[MapFault]:
    """Find registers that two parts claim.

    Bits of one register may belong to many entries, and a companion may have an entry of its own
    that only reads it.
    """
    taken: dict[tuple[Table, int], list[Claim]] = {}
    for table, first, end, claim in _claims(entries, factors, identity):
        for address in range(first, end):
            others = taken.setdefault((table, address), [])
            clash = next((name for name, slot in others if name != claim[0] and _clash(slot, claim[1])), None)
            if clash is not None:
                yield MapFault(where=claim[0], text=f"{table} {address} is taken by {clash} already")
            others.append(claim)


def _claims(
    entries: Sequence[Entry], factors: Sequence[Factor], identity: Sequence[Identity]
) -> Iterator[tuple[Table, int, int, Claim]]:
    shown = {(entry.table, entry.slot.address) for entry in entries if entry.access is Access.READ}
    for entry in entries:
        companions = [slot for slot in entry.companions.slots() if (entry.table, slot.address) not in shown]
        for slot in (entry.slot, *companions):
            yield entry.table, slot.address, slot.end, (entry.quantity, slot)
    for factor in factors:
        yield factor.table, factor.slot.address, factor.slot.end, (f"scale {factor.name}", factor.slot)
    for text in identity:
        yield text.table, text.address, text.end, (f"text {text.name}", None)


def _clash(one: Slot | None, other: Slot | None) -> bool:
    if one is None or other is None or one.bits is None or other.bits is None:
        return True
    if (one.address, one.encoding, one.order) != (other.address, other.encoding, other.order):
        return True
    return bool(bit_mask(one) & bit_mask(other))

"""Registers of a simulated device, laid out by the same map that the driver reads."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.codec import (
    USUAL,
    CannotEncode,
    decode_factor,
    encode_missing,
    encode_number,
    merge_bits,
    plain_writer,
)
from drivers.modbus.entry import Entry, FactorKind, Slot, Table
from drivers.modbus.identity import encode_text
from drivers.modbus.map import RegisterMap

_AS_IS: Final[Mapping[str, float]] = MappingProxyType({})
_Plain = tuple[Callable[[float], tuple[int, ...] | None], dict[int, int], int]
"""What encodes a value, the cells of its table, and the first of its registers."""
_BLOCKS: Final = 32
"""Different reads whose bytes are kept; a client has a handful."""


class Registers:
    """The four tables of one device; addresses that its map does not declare do not exist.

    Gaps that the map lets a read cross do, for reading: they show 0.

    Args:
        register_map: what lies where.
        scales: numbers in the scale registers by name, such as -1 for tenths; else 0 in an
            exponent and 1 in a factor, which leave values as they are.
        texts: what the device says of itself, by name; else what the map expects.
    """

    def __init__(
        self,
        register_map: RegisterMap,
        *,
        scales: Mapping[str, float] = _AS_IS,
        texts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._entries = register_map.by_quantity
        self._shown: dict[str, float] = {}
        """What quantities show that are alone in their registers: showing it again changes nothing."""
        self._alone = _alone(register_map)
        self._alone_at = {
            (entry.table, place): entry.quantity
            for entry in register_map.entries
            if entry.quantity in self._alone
            for place in range(entry.slot.address, entry.slot.end)
        }
        self._tables: dict[Table, dict[int, int]] = {table: {} for table in Table}
        quick = {name: self._plain_of(self._entries[name]) for name in self._alone}
        self._plain = {name: way for name, way in quick.items() if way is not None}
        """What can be shown without looking at anything else, with the place where it stands."""
        self._blocks: dict[tuple[Table, int, int], bytes] = {}
        """Bytes of what was read since anything changed."""
        self._takers: dict[tuple[int, int], Callable[[Mapping[int, int]], Iterable[int]]] = {}
        """What takes neighbouring places out of a table, by the first and their count."""
        for entry in register_map.entries:
            for slot in (entry.slot, *entry.companions.slots()):
                self._put(entry.table, slot.address, encode_missing(slot))
        for factor in register_map.factors:
            plain = 0.0 if factor.kind is FactorKind.EXPONENT else 1.0
            raw = encode_number(factor.slot, scales.get(factor.name, plain), factor.name)
            self._put(factor.table, factor.slot.address, raw)
        for text in register_map.identity:
            told = texts.get(text.name, text.expected)
            self._put(text.table, text.address, encode_text(text, told))
        self._gaps = {table: _gaps(cells, register_map.gap) for table, cells in self._tables.items()}

    def __contains__(self, quantity: str) -> bool:
        return quantity in self._entries

    def entry(self, quantity: str) -> Entry:
        """Return where a quantity lies."""
        return self._entries[quantity]

    def show_known(self, quantities: Mapping[str, float]) -> None:
        """Put values into their registers, as `show` does; quantities unknown to the map are passed."""
        shown, plain_of = self._shown, self._plain
        self._blocks.clear()
        for quantity, value in quantities.items():
            if shown.get(quantity) == value:
                continue
            plain = plain_of.get(quantity)
            if plain is not None and -USUAL < value < USUAL:
                encode, cells, place = plain
                words = encode(value)
                if words is not None:
                    shown[quantity] = value
                    for word in words:
                        cells[place] = word
                        place += 1
                    continue
            if quantity in self._entries:
                self.show(quantity, value)

    def show(self, quantity: str, value: float) -> None:
        """Put a value into its registers; what does not fit shows as not implemented, as devices do."""
        if self._shown.get(quantity) == value:
            return
        entry = self._entries[quantity]
        slot = entry.slot
        if quantity in self._alone:
            self._shown[quantity] = value
            plain = self._plain.get(quantity)
            if plain is not None and -USUAL < value < USUAL and (words := plain[0](value)) is not None:
                self._put(entry.table, slot.address, words)
                return
        try:
            raw = encode_number(slot, value, quantity, factor=self.factor(slot))
        except CannotEncode:
            raw = encode_missing(slot)
        if slot.bits is not None:
            raw = merge_bits(slot, self.read(entry.table, slot.address, slot.end - slot.address), raw)
        self._put(entry.table, slot.address, raw)

    def factor(self, slot: Slot) -> float:
        """Return what the scale register of a slot multiplies by now; without one it is 1."""
        factor = slot.factor
        if factor is None:
            return 1.0
        at = factor.slot
        return decode_factor(factor, self.read(factor.table, at.address, at.end - at.address)) or 1.0

    def put(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Store raw registers as they came.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        if any(place not in self._tables[table] for place in range(address, address + len(values))):
            raise IllegalAddress(table, address, len(values))
        for place in range(address, address + len(values)):
            self._shown.pop(self._alone_at.get((table, place), ""), None)
        self._put(table, address, values)

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Return registers or bits.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        take = self._takers.get((address, count)) or self._taker(address, count)
        try:
            return list(take(self._tables[table]))
        except KeyError:
            return self._across(table, address, count)

    def _taker(self, address: int, count: int) -> Callable[[Mapping[int, int]], Iterable[int]]:
        """Return what takes some places out of a table, and keep it."""
        places = range(address, address + count)
        if len(self._takers) >= _BLOCKS:
            self._takers.clear()
        take: Callable[[Mapping[int, int]], Iterable[int]]
        if count > 1:
            take = itemgetter(*places)
        else:  # an itemgetter of one place gives the number itself

            def take(cells: Mapping[int, int]) -> Iterable[int]:
                return [cells[place] for place in places]

        self._takers[address, count] = take
        return take

    def packed(self, table: Table, address: int, count: int) -> bytes:
        """Return registers as they go on the wire, high byte first; the same bytes until something changes.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        asked = (table, address, count)
        block = self._blocks.get(asked)
        if block is None:
            if len(self._blocks) >= _BLOCKS:
                self._blocks.clear()
            block = self._blocks[asked] = struct.pack(f">{count}H", *self.read(table, address, count))
        return block

    def _across(self, table: Table, address: int, count: int) -> list[int]:
        """Return registers of which some are declared by nobody."""
        cells, gaps = self._tables[table], self._gaps[table]
        places = range(address, address + count)
        if not all(place in cells or place in gaps for place in places):
            raise IllegalAddress(table, address, count)
        return [cells.get(place, 0) for place in places]

    def _plain_of(self, entry: Entry) -> _Plain | None:
        """Return the quick way into a plain slot; None where there is none."""
        encode = plain_writer(entry.slot)
        return None if encode is None else (encode, self._tables[entry.table], entry.slot.address)

    def _put(self, table: Table, address: int, values: Sequence[int]) -> None:
        cells = self._tables[table]
        self._blocks.clear()
        for place, value in enumerate(values, address):
            cells[place] = value


def _alone(register_map: RegisterMap) -> frozenset[str]:
    """Return the quantities without a scale register that share their registers with nothing else."""
    slots = [(e.table, slot) for e in register_map.entries for slot in (e.slot, *e.companions.slots())]
    slots += [(factor.table, factor.slot) for factor in register_map.factors]
    users = Counter((table, place) for table, slot in slots for place in range(slot.address, slot.end))
    return frozenset(
        entry.quantity
        for entry in register_map.entries
        if entry.slot.factor is None
        and all(users[entry.table, place] == 1 for place in range(entry.slot.address, entry.slot.end))
    )


def _gaps(cells: Mapping[int, int], most: int) -> frozenset[int]:
    """Return the undeclared places between declared ones that are no further apart than the map admits."""
    between = (range(one + 1, other) for one, other in pairwise(sorted(cells)) if other - one - 1 <= most)
    return frozenset(place for places in between for place in places)

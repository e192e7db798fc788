"""Registers of a simulated device, laid out by the same map that the driver reads."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.codec import CannotEncode, encode_missing, encode_number
from drivers.modbus.entry import Entry, Table
from drivers.modbus.map import RegisterMap


class Registers:
    """The four tables of one device; addresses that its map does not declare do not exist."""

    def __init__(self, register_map: RegisterMap) -> None:
        self._entries = register_map.by_quantity
        self._tables: dict[Table, dict[int, int]] = {table: {} for table in Table}
        for entry in register_map.entries:
            for slot in (entry.slot, *entry.companions.slots()):
                self._put(entry.table, slot.address, encode_missing(slot))

    def __contains__(self, quantity: str) -> bool:
        return quantity in self._entries

    def entry(self, quantity: str) -> Entry:
        """Return where a quantity lies."""
        return self._entries[quantity]

    def show(self, quantity: str, value: float) -> None:
        """Put a value into its registers; what does not fit shows as not implemented, as devices do."""
        entry = self._entries[quantity]
        try:
            raw = encode_number(entry.slot, value, quantity)
        except CannotEncode:
            raw = encode_missing(entry.slot)
        self._put(entry.table, entry.slot.address, raw)

    def put(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Store raw registers as they came.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        self.read(table, address, len(values))
        self._put(table, address, values)

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Return registers or bits.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        cells = self._tables[table]
        try:
            return [cells[place] for place in range(address, address + count)]
        except KeyError:
            raise IllegalAddress(table, address, count) from None

    def _put(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._tables[table].update(zip(range(address, address + len(values)), values, strict=True))

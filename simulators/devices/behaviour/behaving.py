"""A device with its behaviours: a bank like any other, in process and on every wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.modbus.codec import CannotEncode, encode_missing, encode_number, merge_bits
from drivers.modbus.entry import Entry, Table
from drivers.modbus.map import RegisterMap
from simulators.devices.abilities import Impairs, Moves, Trips, mean_of
from simulators.devices.bank import Bank, Executed
from simulators.devices.behaviour.role import Behaviour, written


class Behaving:
    """Lets behaviours stand before a device, in their order."""

    def __init__(self, bank: Bank, register_map: RegisterMap, behaviours: Sequence[Behaviour]) -> None:
        """Put behaviours before a device.

        Args:
            bank: the device itself.
            register_map: of the device: where the behaviours show what they show.
            behaviours: the first one sees a write first; of two that show a quantity the later one counts.
        """
        self._bank = bank
        self._entries = register_map.by_quantity
        self._behaviours = tuple(behaviours)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The writes that the device has executed, oldest first."""
        return self._bank.journal

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers or bits as device and behaviours show them."""
        self._live(now_ns)
        words = list(self._bank.read(table, address, count, now_ns))
        for behaviour in self._behaviours:
            for quantity, value in behaviour.show(self._bank, now_ns).items():
                _lay(words, self._entries[quantity], value, table, address)
        return words

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Let every behaviour see a write, then the device.

        Raises:
            Refusal: one of them does not take it.
        """
        self._live(now_ns)
        passing = written(table, address, values)
        for behaviour in self._behaviours:
            seen = behaviour.take(passing, self._bank, now_ns)
            if seen is None:
                return
            passing = seen
        self._bank.write(passing.table, passing.address, passing.values, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Take what the world is like at the device."""
        self._live(now_ns)
        for behaviour in self._behaviours:
            behaviour.sense(quantities)
        self._bank.sense(quantities, now_ns)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what the device does to the world."""
        self._live(now_ns)
        return self._bank.actuation(now_ns)

    def mean_power(self, since_ns: int, until_ns: int) -> float:
        """Return what the device will give on the average, kW; what it gives now where it cannot say."""
        self._live(since_ns)
        return mean_of(self._bank)(since_ns, until_ns)

    def moves_ns(self, now_ns: int) -> int | None:
        """Return when the device moves next by itself."""
        return self._bank.moves_ns(now_ns) if isinstance(self._bank, Moves) else None

    def trip(self, now_ns: int) -> None:
        """Let its own protection open it, where the device can be opened so."""
        self._live(now_ns)
        if isinstance(self._bank, Trips):
            self._bank.trip(now_ns)

    def impair(self, now_ns: int, *, delivers: float, resistance: float) -> None:
        """Be less than the rating, where the device can be."""
        self._live(now_ns)
        if isinstance(self._bank, Impairs):
            self._bank.impair(now_ns, delivers=delivers, resistance=resistance)

    def ahead_ns(self, now_ns: int) -> int:
        """Return how far the device's clock is ahead, nanoseconds."""
        return sum(behaviour.ahead_ns(now_ns) for behaviour in self._behaviours)

    def _live(self, now_ns: int) -> None:
        for behaviour in self._behaviours:
            behaviour.live(self._bank, now_ns)


def _lay(words: list[int], entry: Entry, value: float, table: Table, address: int) -> None:
    """Lay a value over as much of its registers as was read; what does not fit shows as not implemented."""
    slot = entry.slot
    first = slot.address - address
    if table is not entry.table or first >= len(words) or slot.end <= address:
        return
    try:
        raw = encode_number(slot, value, entry.quantity)
    except CannotEncode:
        raw = encode_missing(slot)
    if slot.bits is not None:  # a field of one register, which was read whole or not at all
        raw = merge_bits(slot, words[first : first + len(raw)], raw)
    for place, word in enumerate(raw, first):
        if 0 <= place < len(words):
            words[place] = word

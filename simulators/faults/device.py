"""Faults of a device itself: a bank that does not do, or does not tell, what a sound one would.

It stands around a sound device. The faults of measuring (`measured.py`) act before it, those of the wire
(`bytes.py`) behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from drivers.modbus.entry import Encoding, Entry, Table
from drivers.modbus.map import RegisterMap, load_map
from kernel.point import NANOSECONDS
from kernel.site import Device
from simulators.devices.abilities import Impairs, Moves, Trips, mean_of
from simulators.devices.bank import Bank, Executed
from simulators.faults.fault import Fault, left
from simulators.faults.kinds import FaultKind
from simulators.faults.repair import MENDABLE, ended

BREAKING: Final = frozenset(
    {
        FaultKind.BREAKER_SLOW,
        FaultKind.FAILS_TO_OPEN,
        FaultKind.FAILS_TO_CLOSE,
        FaultKind.CONTACTS_DISAGREE,
        FaultKind.RELAY_TRIPS,
        FaultKind.RELAY_BLIND,
    }
)
"""Kinds of devices that open and close."""
DRIVING: Final = frozenset({FaultKind.DER_TRIPS, FaultKind.BATTERY_IMPEDANCE})
"""Kinds of inverters; their target is the battery."""
OF_THE_DEVICE: Final = BREAKING | DRIVING | {FaultKind.WORD_SWAP, FaultKind.SETPOINT_IGNORED}
_TWO_WORDS: Final = frozenset({Encoding.U32, Encoding.I32, Encoding.F32})
_WAITING: Final = 100
"""Writes that a slow device keeps; more are lost, as they are in a relay whose queue is full."""


class FaultyBank:
    """A device with faults, as a bank: it has no more faults than are active."""

    def __init__(self, bank: Bank, register_map: RegisterMap, faults: Iterable[Fault]) -> None:
        """Put faults around a device.

        Args:
            bank: the device.
            register_map: of the device.
            faults: that befall it; others than `OF_THE_DEVICE` are left to others.
        """
        self._bank = bank
        self._faults = tuple(fault for fault in faults if fault.kind in OF_THE_DEVICE)
        self._entries = register_map.entries
        self._position = register_map.by_quantity.get("position")
        self._pulse = {
            entry.slot.address: entry.quantity
            for entry in register_map.entries
            if entry.quantity in ("open", "close")
        }
        self._late: deque[tuple[int, Table, int, tuple[int, ...]]] = deque(maxlen=_WAITING)
        self._tripped: set[Fault] = set()
        ends = [fault.end_ns for fault in self._faults if fault.end_ns is not None]
        self._borders = sorted([fault.onset_ns for fault in self._faults] + ends)
        self._now_ns = 0

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The writes that were really executed."""
        return self._bank.journal

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers as the faulty device shows them."""
        self._live(now_ns)
        words = self._bank.read(table, address, count, now_ns)
        if self._active(FaultKind.WORD_SWAP, now_ns):
            for entry in self._entries:
                _swap(words, entry, table, address)
        shown = self._active(FaultKind.CONTACTS_DISAGREE, now_ns)
        if shown is not None and self._position is not None:
            _show_contacts(words, self._position, int(shown.amount), table, address)
        return words

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Acknowledge a write, and execute it, or not, or later.

        Raises:
            IllegalAddress: they cannot be written, or not in this grouping.
            IllegalValue: the device refuses a value.
        """
        self._live(now_ns)
        if self._active(FaultKind.SETPOINT_IGNORED, now_ns) or self._refuses(table, address, now_ns):
            return
        slow = self._active(FaultKind.BREAKER_SLOW, now_ns)
        if slow is None:
            self._bank.write(table, address, values, now_ns)
        else:
            due_ns = now_ns + round(slow.severity(now_ns) * NANOSECONDS)
            self._late.append((due_ns, table, address, tuple(values)))

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Take what the world is like at the device."""
        self._live(now_ns)
        self._bank.sense(quantities, now_ns)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what the device really does to the world."""
        self._live(now_ns)
        return self._bank.actuation(now_ns)

    def mean_power(self, since_ns: int, until_ns: int) -> float:
        """Return what the device will really give on the average, kW."""
        self._live(since_ns)
        return mean_of(self._bank)(since_ns, until_ns)

    def moves_ns(self, now_ns: int) -> int | None:
        """Return when the device moves next by itself: also by a late write, or as a fault begins or ends."""
        inner = self._bank.moves_ns(now_ns) if isinstance(self._bank, Moves) else None
        late = [due_ns for due_ns, *_ in self._late]
        moments = [*self._borders, *late, *([] if inner is None else [inner])]
        return min((moment_ns for moment_ns in moments if moment_ns > now_ns), default=None)

    def trip(self, now_ns: int) -> None:
        """Let its protection open it, unless the breaker does not open."""
        self._live(now_ns)
        if self._active(FaultKind.FAILS_TO_OPEN, now_ns) is None and isinstance(self._bank, Trips):
            self._bank.trip(now_ns)

    def _active(self, kind: FaultKind, now_ns: int) -> Fault | None:
        for fault in self._faults:
            if fault.kind is kind and fault.active(now_ns):
                return fault
        return None

    def _refuses(self, table: Table, address: int, now_ns: int) -> bool:
        """Tell whether a pulse moves nothing."""
        if table is not Table.COIL:
            return False
        kind = {"open": FaultKind.FAILS_TO_OPEN, "close": FaultKind.FAILS_TO_CLOSE}.get(
            self._pulse.get(address, "")
        )
        return kind is not None and self._active(kind, now_ns) is not None

    def mend(self, asset: str, now_ns: int) -> None:  # noqa: ARG002  # a device stands at one asset
        """End what stands of the device's own faults: its asset has been repaired."""
        self._faults = tuple(ended(one, now_ns) if one.kind in MENDABLE else one for one in self._faults)
        self._borders = sorted({*self._borders, now_ns})

    def _live(self, now_ns: int) -> None:
        """Bring what is due: late writes, trips without a fault, and how much the inverter can."""
        while self._late and self._late[0][0] <= now_ns:
            due_ns, table, address, values = self._late.popleft()
            self._bank.write(table, address, values, due_ns)
        for fault in self._faults:
            if fault.kind is FaultKind.RELAY_TRIPS and fault.active(now_ns) and fault not in self._tripped:
                self._tripped.add(fault)
                self.trip(fault.onset_ns)
        if isinstance(self._bank, Impairs):
            for border_ns in self._borders:
                if self._now_ns < border_ns < now_ns:
                    self._impair(self._bank, border_ns)
            self._impair(self._bank, now_ns)
        self._now_ns = max(now_ns, self._now_ns)

    def _impair(self, bank: Impairs, now_ns: int) -> None:
        resistance, delivers = 1.0, 1.0
        for fault in self._faults:
            if fault.kind is FaultKind.BATTERY_IMPEDANCE:
                resistance += fault.severity(now_ns)
            elif fault.kind is FaultKind.DER_TRIPS:
                delivers *= left([fault], fault.kind, fault.target, now_ns)
        bank.impair(now_ns, delivers=delivers, resistance=resistance)


def _swap(words: list[int], entry: Entry, table: Table, address: int) -> None:
    """Exchange the two words of a 32-bit value where both were asked for."""
    first, end = entry.slot.address - address, entry.slot.end - address
    here = entry.table is table and first >= 0 and end <= len(words)
    if here and entry.slot.encoding in _TWO_WORDS:
        words[first], words[first + 1] = words[first + 1], words[first]


def _show_contacts(words: list[int], entry: Entry, code: int, table: Table, address: int) -> None:
    """Show a double point: 0 is no contact made, 3 is both."""
    for bit in range(2):
        place = entry.slot.address + bit - address
        if entry.table is table and 0 <= place < len(words):
            words[place] = code >> bit & 1


def with_faults(bank: Bank, device: Device, faults: Iterable[Fault], *, protected: bool = False) -> Bank:
    """Return a device with what befalls it in a scenario; the device itself where nothing does.

    Args:
        bank: the sound device.
        device: of the site.
        faults: of the scenario.
        protected: whether the world has breakers of its own, which then suffer what befalls a breaker.
    """
    kinds = OF_THE_DEVICE - BREAKING if protected else OF_THE_DEVICE
    mine = [f for f in faults if f.kind in kinds and f.target in (device.name, device.asset)]
    return FaultyBank(bank, load_map(device.map), mine) if mine else bank


def clock_shift_s(faults: Iterable[Fault], device: str, now_ns: int) -> float:
    """Return how far the clock of a device is ahead, seconds."""
    kind = FaultKind.CLOCK_SHIFT
    return sum(fault.severity(now_ns) for fault in faults if fault.kind is kind and fault.target == device)

"""A device with set-points of any kind: whatever its map lets be written, and what it measures beside."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.codec import decode_number
from drivers.modbus.entry import Entry, Slot, Table
from drivers.modbus.map import RegisterMap
from drivers.modbus.writes import Write
from kernel.point import NANOSECONDS, Writing
from simulators.devices.bank import JOURNAL, Executed
from simulators.devices.behaviour.make import own_quantities
from simulators.devices.behaviour.planned import PLAIN, PlannedBehaviour
from simulators.devices.behaviour.role import words_of
from simulators.devices.follower import Follower
from simulators.devices.registers import Registers


class Setpoint:
    """One writable quantity: what is in force, what the device does of it, and when it falls back."""

    def __init__(self, entry: Entry, planned: PlannedBehaviour) -> None:
        """Begin at what the device falls back to, without a command."""
        writing = entry.writing
        assert writing is not None  # noqa: S101 - made for writable quantities alone
        self.entry, self._writing = entry, writing
        self._fallback = _fallback(writing)
        self.value = self._fallback
        self.reverts_at_ns: int | None = None
        ramp = math.inf if planned.ramp_per_s is None else planned.ramp_per_s
        self._follower = Follower(self.value, delay_s=planned.delay_s, ramp_per_s=ramp)

    def check(self, value: float) -> None:
        """Look at what was written.

        Raises:
            IllegalValue: it is outside the bounds of the map.
        """
        if not self._writing.low <= value <= self._writing.high:
            raise IllegalValue(f"{self.entry.quantity} {value:g} is outside its bounds")

    def take(self, value: float, now_ns: int) -> None:
        """Follow a value, and wind the timer that the map says the device has."""
        self.value = value
        self._follower.aim(value, now_ns)

    def wind(self, fallback: float, seconds: float, now_ns: int) -> None:
        """Fall back to a value after some seconds; 0 for never."""
        self._fallback = fallback
        self.reverts_at_ns = now_ns + round(seconds * NANOSECONDS) if seconds else None

    def live(self, now_ns: int) -> None:
        """Fall back where the time is over."""
        if self.reverts_at_ns is not None and self.reverts_at_ns <= now_ns:
            self.fall_back(self.reverts_at_ns)

    def fall_back(self, now_ns: int) -> None:
        """Fall back now."""
        self.value, self.reverts_at_ns = self._fallback, None
        self._follower.aim(self.value, now_ns, at_once=True)

    def at(self, now_ns: int) -> float:
        """Return what the device does."""
        return self._follower.at(now_ns)


class SetpointDevice:
    """Executes every write within the bounds of its map; a repeated sequence number is no new write."""

    def __init__(self, register_map: RegisterMap, planned: PlannedBehaviour = PLAIN) -> None:
        """Make a device of any map.

        Args:
            register_map: what lies where; what behaviours take of it is left to them.
            planned: delay and ramp of all its set-points.
        """
        self._registers = Registers(register_map)
        others = own_quantities(register_map)
        self._setpoints = {
            entry.quantity: Setpoint(entry, planned)
            for entry in register_map.entries
            if entry.writing is not None and entry.quantity not in others
        }
        self._sequence: dict[str, float] = {}
        self._journal: deque[Executed] = deque(maxlen=JOURNAL)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The values it has executed, oldest first."""
        return tuple(self._journal)

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers as they are now."""
        self._live(now_ns)
        for quantity, setpoint in self._setpoints.items():
            self._registers.show(quantity, setpoint.value)
        return self._registers.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Take whole values, each with all that travels with it.

        Raises:
            IllegalAddress: a part of a value, or a register that is none's.
            IllegalValue: one is outside its bounds; none is then taken.
        """
        write = Write(table=table, address=address, values=tuple(values))
        self._live(now_ns)
        wanted = [one for one in self._setpoints.values() if _reached(write, one.entry)]
        covered = {place for one in wanted for place in _places(one.entry)}
        if not covered.issuperset(range(address, address + len(values))):
            raise IllegalAddress(table, address, len(values))
        given = [(one, value) for one in wanted if (value := self._given(write, one.entry)) is not None]
        for setpoint, value in given:
            setpoint.check(value)
        self._registers.put(table, address, values)
        for setpoint, value in given:
            self._execute(setpoint, value, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Measure."""
        self._live(now_ns)
        for quantity, value in quantities.items():
            if quantity in self._registers and quantity not in self._setpoints:
                self._registers.show(quantity, value)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what it does, by the quantity of the set-point."""
        self._live(now_ns)
        return {quantity: setpoint.at(now_ns) for quantity, setpoint in self._setpoints.items()}

    def fall_back(self, now_ns: int) -> None:
        """Let every set-point fall back."""
        for setpoint in self._setpoints.values():
            setpoint.live(now_ns)
            setpoint.fall_back(now_ns)

    def _given(self, write: Write, entry: Entry) -> float | None:
        """Return the value that a write gives; None where it carries only what goes before the value.

        Raises:
            IllegalAddress: a part of what belongs into one write.
        """
        first = entry.companions.first()
        rest = [entry.slot, *(slot for slot in entry.companions.slots() if slot not in first)]
        for group in (list(first), rest):
            parts = [words_of(write, slot) for slot in group]
            if any(part is None for part in parts) and any(_overlaps(write, slot) for slot in group):
                raise IllegalAddress(write.table, write.address, len(write.values))
        words = words_of(write, entry.slot)
        return (
            None
            if words is None
            else decode_number(entry.slot, words, factor=self._registers.factor(entry.slot))
        )

    def _execute(self, setpoint: Setpoint, value: float, now_ns: int) -> None:
        entry = setpoint.entry
        number = self._told(entry, entry.companions.sequence)
        if number is not None and self._sequence.get(entry.quantity, 0.0) == number:
            return
        if entry.slot.bits is not None and value == setpoint.value:
            return  # a register of many fields is written whole, for one of them
        if number is not None:
            self._sequence[entry.quantity] = number
            if entry.writing is not None and entry.writing.sequence:
                self._registers.show(entry.writing.sequence, number)
        setpoint.take(value, now_ns)
        seconds = self._told(entry, entry.companions.reversion_s)
        if seconds is not None:
            setpoint.wind(self._told(entry, entry.companions.reversion_value) or 0.0, seconds, now_ns)
        sequence = None if number is None else int(number)
        self._journal.append(Executed(quantity=entry.quantity, value=value, sequence=sequence, at_ns=now_ns))

    def _told(self, entry: Entry, slot: Slot | None) -> float | None:
        """Return the number that travelled with a value; None where the map has no place for it."""
        if slot is None:
            return None
        words = self._registers.read(entry.table, slot.address, slot.end - slot.address)
        return decode_number(slot, words, factor=self._registers.factor(slot))

    def _live(self, now_ns: int) -> None:
        for setpoint in self._setpoints.values():
            setpoint.live(now_ns)


def _fallback(writing: Writing) -> float:
    return writing.safe_value if writing.reversion_value is None else writing.reversion_value


def _places(entry: Entry) -> set[int]:
    """Return the registers that belong to a value and what travels with it."""
    slots = (entry.slot, *entry.companions.slots())
    return {place for slot in slots for place in range(slot.address, slot.end)}


def _overlaps(write: Write, slot: Slot) -> bool:
    return write.address < slot.end and slot.address < write.address + len(write.values)


def _reached(write: Write, entry: Entry) -> bool:
    """Tell whether a write reaches a value or what travels with it."""
    return write.table is entry.table and any(
        _overlaps(write, slot) for slot in (entry.slot, *entry.companions.slots())
    )

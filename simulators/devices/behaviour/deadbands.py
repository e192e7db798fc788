"""Deadbands: what a device does not report, and what it does not apply, because it is too small."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from drivers.modbus.entry import Entry
from drivers.modbus.writes import Write
from simulators.devices.bank import Bank
from simulators.devices.behaviour.role import Behaviour, value_in, value_shown


class ReportDeadband(Behaviour):
    """Shows the last reported value of a quantity until the true one lies further away than its band."""

    def __init__(self, bands: Sequence[tuple[Entry, float]]) -> None:
        """Hold some quantities still.

        Args:
            bands: entries, each with its band in its own unit.
        """
        self._bands = tuple(bands)
        self._reported: dict[str, float] = {}

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:
        """Return what is reported; a value that is missing is reported as missing, at once."""
        shown = {}
        for entry, band in self._bands:
            value, last = value_shown(bank, entry, now_ns), self._reported.get(entry.quantity, math.nan)
            if math.isnan(value) or math.isnan(last) or abs(value - last) > band:
                self._reported[entry.quantity] = last = value
            if not math.isnan(last):
                shown[entry.quantity] = last
        return shown


class ApplyDeadband(Behaviour):
    """Acknowledges a set-point that is hardly another one, and leaves the one that is in force.

    Sequence number and timers that come with it count as ever.
    """

    def __init__(self, entry: Entry, band: float) -> None:
        """Leave a set-point where it is within a band, in its unit."""
        self._entry = entry
        self._band = band

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write:
        """Put the value in force in the place of one that is nearly the same."""
        entry, slot = self._entry, self._entry.slot
        wanted = value_in(write, entry)
        if wanted is None or not abs(wanted - value_shown(bank, entry, now_ns)) <= self._band:
            return write
        words = bank.read(entry.table, slot.address, slot.end - slot.address, now_ns)
        first = slot.address - write.address
        values = (*write.values[:first], *words, *write.values[first + len(words) :])
        return msgspec.structs.replace(write, values=values)

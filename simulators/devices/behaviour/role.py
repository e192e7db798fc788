"""The role of a behaviour: it sees every write before the device does, and shows what it has to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from drivers.modbus.codec import decode_number
from drivers.modbus.entry import Entry, Slot, Table
from drivers.modbus.writes import Write
from simulators.devices.bank import Bank


@runtime_checkable
class FallsBack(Protocol):
    """A device that can leave its set-points for what it falls back to."""

    def fall_back(self, now_ns: int) -> None:
        """Fall back now, as at the end of a reversion timer."""
        ...


class Behaviour:
    """One thing that a device does besides its work. Time is passed in and never falls."""

    def live(self, bank: Bank, now_ns: int) -> None:
        """Do what is due, at the moment it was due."""

    def take(self, write: Write, bank: Bank, now_ns: int) -> Write | None:  # noqa: ARG002
        """Return a write as the device shall see it; None where it ends here, acknowledged.

        Raises:
            Refusal: the device does not take it.
        """
        return write

    def sense(self, quantities: Mapping[str, float]) -> None:
        """Take what the world is like at the device, by quantity."""

    def show(self, bank: Bank, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return the quantities that this behaviour shows in place of the device."""
        return {}

    def ahead_ns(self, now_ns: int) -> int:  # noqa: ARG002
        """Return by how much this behaviour puts the device's clock ahead, nanoseconds."""
        return 0


def touches(write: Write, entry: Entry) -> bool:
    """Tell whether a write reaches any register or bit of an entry."""
    return (
        write.table is entry.table
        and write.address < entry.slot.end
        and entry.slot.address < write.address + len(write.values)
    )


def words_of(write: Write, slot: Slot) -> tuple[int, ...] | None:
    """Return what a write puts into a slot; None where it does not cover all of it."""
    first, end = slot.address - write.address, slot.end - write.address
    return write.values[first:end] if first >= 0 and end <= len(write.values) else None


def value_in(write: Write, entry: Entry) -> float | None:
    """Return the value that a write gives an entry; None where it does not cover all of it."""
    words = words_of(write, entry.slot) if write.table is entry.table else None
    return None if words is None else decode_number(entry.slot, words)


def value_shown(bank: Bank, entry: Entry, now_ns: int) -> float:
    """Return the value that a device shows of an entry; NaN where a float says that there is none."""
    slot = entry.slot
    return decode_number(slot, bank.read(entry.table, slot.address, slot.end - slot.address, now_ns))


def written(table: Table, address: int, values: Sequence[int]) -> Write:
    """Return a write as a noun."""
    return Write(table=table, address=address, values=tuple(values))

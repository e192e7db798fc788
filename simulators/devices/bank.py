"""The role of a simulated device: registers on one side, the simulated world on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from drivers.modbus.entry import Table

JOURNAL: Final = 10_000
"""Executed writes that a device remembers."""


class Executed(msgspec.Struct, frozen=True, kw_only=True):
    """One write that a device has executed, for judges of the exactly-once promise."""

    quantity: str
    value: float
    """In the unit of the quantity; 1.0 for a pulse."""
    sequence: int | None
    """Sequence number it came with; None where the device has no such register."""
    at_ns: int


class WorldSide(Protocol):
    """As much of a simulated device as the world needs."""

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Take what the world is like at the device, by quantity, in the units of its map.

        What the device does not measure is ignored; what it was never told reads as not implemented.
        """
        ...

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what the device does to the world, by quantity."""
        ...


class Bank(WorldSide, Protocol):
    """A device as it behaves. Time is passed in, operational nanoseconds since 1970 UTC, never falling."""

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The writes it has executed, oldest first; the newest 10 000 are kept."""
        ...

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers, or bits as 0 and 1.

        Raises:
            IllegalAddress: the device does not have all of them.
        """
        ...

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Take registers or bits, all or none.

        Raises:
            IllegalAddress: they cannot be written, or not in this grouping.
            IllegalValue: the device refuses a value.
        """
        ...

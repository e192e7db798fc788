"""A device whose reversion timer does not work: it keeps what it was told until it is told otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from drivers.modbus.entry import Table
from simulators.devices.bank import Bank, Executed

_BLOCK: Final = (100, 6)
"""The set-point block of the shipped battery inverter: address and registers; the last one is the timer."""


class TimerOff:
    """An inverter with its timer switched off."""

    def __init__(self, bank: Bank) -> None:
        """Stand before the inverter."""
        self._bank = bank

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The writes it has executed."""
        return self._bank.journal

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers."""
        return self._bank.read(table, address, count, now_ns)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Take a set-point without its timer."""
        if (address, len(values)) == _BLOCK:
            values = (*values[:-1], 0)
        self._bank.write(table, address, values, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Tell it what the world is like."""
        self._bank.sense(quantities, now_ns)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what it does to the world."""
        return self._bank.actuation(now_ns)

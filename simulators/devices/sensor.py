"""Devices that only measure: feeder meters and transformer monitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.entry import Table
from drivers.modbus.map import RegisterMap
from simulators.devices.bank import Executed
from simulators.devices.registers import Registers


class Sensor:
    """Shows what the world was when it was last sensed; takes no writes and does nothing."""

    def __init__(self, register_map: RegisterMap) -> None:
        self._registers = Registers(register_map)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """Nothing: it executes no writes."""
        return ()

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:  # noqa: ARG002
        """Return registers; they do not change between two sensings."""
        return self._registers.read(table, address, count)

    def packed(self, table: Table, address: int, count: int, now_ns: int) -> bytes:  # noqa: ARG002
        """Return registers as bytes, made once a sensing."""
        return self._registers.packed(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:  # noqa: ARG002
        """Refuse: there is nothing to write.

        Raises:
            IllegalAddress: always.
        """
        raise IllegalAddress(table, address, len(values))

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:  # noqa: ARG002
        """Convert the quantities it measures to its registers."""
        self._registers.show_known(quantities)

    def actuation(self, now_ns: int) -> Mapping[str, float]:  # noqa: ARG002
        """Return nothing: a sensor does not act."""
        return {}

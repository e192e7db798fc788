"""Simulated devices with the faults that devices have: stuck, silent, rebooting, answering garbage.

The semantics are those of `simulators.devices`: a sequence register executes each number once, a pulse
counter counts every pulse, a reversion timer acts whether the gateway lives or not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from aios.testing.injected import OF_THE_DEVICE, Faults, Kind
from drivers.modbus.entry import Table
from simulators.devices.bank import Bank, Executed


class FaultyDevice:
    """A device, its faults, and everything it ever executed: a reboot forgets nothing that was done."""

    def __init__(
        self,
        name: str,
        make: Callable[[], Bank],
        faults: Faults,
        *,
        seed: int,
        numbers_writes: bool,
        world: Callable[[int], Mapping[str, float]] = lambda _: {},
    ) -> None:
        """Make a device.

        Args:
            name: of the device.
            make: gives the device as it is after it was switched on.
            faults: of the run.
            seed: of what is random in its garbage.
            numbers_writes: whether it has a sequence register.
            world: quantities it would measure at a true time, nanoseconds.
        """
        self.name = name
        self.numbers_writes = numbers_writes
        self._make = make
        self._bank = make()
        self._faults = faults
        self._dice = random.Random(f"garbage {name} {seed}")
        self._world = world
        self._before: list[Executed] = []
        self._stuck: dict[tuple[Table, int, int], list[int]] = {}
        self._reboots: set[float] = set()

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The writes it has executed since the simulation began, oldest first."""
        return (*self._before, *self._bank.journal)

    def is_there(self) -> bool:
        """Tell whether it answers at all; one that begins a reboot has lost its state."""
        reboot = self._faults.acting(Kind.DEVICE_REBOOT, self.name)
        if reboot is not None:
            self._reboot(reboot.onset_s)
        return reboot is None and self._faults.acting(Kind.DEVICE_SILENT, self.name) is None

    def is_well(self) -> bool:
        """Tell whether it does what it is told now."""
        return not any(self._faults.acting(kind, self.name) for kind in OF_THE_DEVICE)

    def _reboot(self, onset_s: float) -> None:
        if onset_s not in self._reboots:
            self._reboots.add(onset_s)
            self._before += self._bank.journal
            self._bank = self._make()

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers: of now, of before it got stuck, or none that mean anything."""
        if self._faults.acting(Kind.DEVICE_GARBAGE, self.name):
            top = 1 if table in {Table.COIL, Table.DISCRETE} else 0xFFFF
            return [self._dice.randint(0, top) for _ in range(count)]
        place = table, address, count
        if self._faults.acting(Kind.DEVICE_STUCK, self.name) and place in self._stuck:
            return list(self._stuck[place])
        registers = self.look(table, address, count, now_ns)
        self._stuck[place] = registers
        return list(registers)

    def look(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers as they truly are, without network and faults: for judges."""
        self._bank.sense(self._world(now_ns), now_ns)
        return self._bank.read(table, address, count, now_ns)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Execute, unless it is stuck: then it acknowledges and does nothing."""
        if self._faults.acting(Kind.DEVICE_STUCK, self.name) is None:
            self._bank.write(table, address, values, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Tell it what the world is like."""
        self._bank.sense(quantities, now_ns)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return what it does to the world."""
        return self._bank.actuation(now_ns)

"""A link without a wire: the device's registers in the same process, for the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.modbus.bank import Refusal, RegisterBank
from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, Lapsed, NoAnswer, always, refuse_broadcast
from kernel.ports import Clock


class DirectLink:
    """Asks a register bank directly; silent on demand, as a device that lost its supply.

    It answers in no time at all, so that a run under the virtual clock repeats bit for bit.
    """

    def __init__(self, bank: RegisterBank, clock: Clock, *, unit: int = 1) -> None:
        self._bank = bank
        self._clock = clock
        self._unit = unit
        self.silent = False
        """True while the device does not answer; requests are then lost, not executed."""

    async def open(self) -> None:
        """There is nothing to connect."""

    async def ready(self, unit: int | None = None) -> None:
        """It always is: a silent device loses requests, it does not refuse connections."""

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return `count` registers or bits of the bank."""
        return self.read_now(unit, table, address, count)

    def read_now(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Do what `read` does, which waits for nothing.

        Raises:
            Broadcast, NoAnswer, DeviceException: as `read`.
        """
        if self.silent or unit != self._unit or not unit:
            self._expect_answer(unit)
        try:
            return self._bank.read(table, address, count, self._clock.now_ns())
        except Refusal as refusal:
            raise DeviceException(refusal.code) from refusal

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits of the bank."""
        if not still_valid():
            raise Lapsed
        self._expect_answer(unit)
        try:
            self._bank.write(table, address, values, self._clock.now_ns())
        except Refusal as refusal:
            raise DeviceException(refusal.code) from refusal

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write some bits of one holding register of the bank."""
        word = (await self.read(unit, Table.HOLDING, address, 1))[0]
        await self.write(unit, Table.HOLDING, address, [word & ~mask & 0xFFFF | bits & mask], still_valid)

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _expect_answer(self, unit: int) -> None:
        refuse_broadcast(unit)
        if self.silent:
            raise NoAnswer("the device is silent")
        if unit != self._unit:
            raise NoAnswer(f"unit {self._unit} does not answer for unit {unit}")

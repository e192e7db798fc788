"""A driver whose device has a wrong clock: what it reads carries the device's time."""

from __future__ import annotations

import msgspec
import numpy as np

from kernel.command import Command, Sent
from kernel.measurement import Block
from kernel.point import NANOSECONDS
from kernel.ports import Driver


class ShiftedClock:
    """Stands before the driver of a device that a clock fault befalls.

    Modbus carries no time: there the driver stamps what it reads, and a wrong clock of the device changes
    nothing. This is the driver of a protocol that carries the device's time and believes it.
    """

    def __init__(self, driver: Driver) -> None:
        """Begin with a right clock."""
        self._driver = driver
        self.name, self.points = driver.name, driver.points
        self.ahead_s = 0.0
        """How far the device's clock is ahead, seconds."""

    async def open(self) -> None:
        """Connect if the device is there."""
        await self._driver.open()

    async def read(self) -> Block:
        """Read all points, under the device's time."""
        block = await self._driver.read()
        if not self.ahead_s:
            return block
        return msgspec.structs.replace(block, at_ns=block.at_ns + np.int64(round(self.ahead_s * NANOSECONDS)))

    async def write(self, command: Command) -> Sent:
        """Send one command once."""
        return await self._driver.write(command)

    async def close(self) -> None:
        """Release the device."""
        await self._driver.close()

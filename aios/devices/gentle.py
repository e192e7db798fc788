"""A link that leaves a device time: whoever looks around on a bus in service must not disturb it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from drivers.modbus.entry import Table
from drivers.modbus.link import Link


class NamingLink(Link, Protocol):
    """A link that can ask a device for its name too."""

    async def identify(self, unit: int) -> dict[str, str]:
        """Return how the device names itself by function 43/14.

        Raises:
            LinkDown, NoAnswer, BadEcho: as for a read.
            DeviceException: it does not know the function.
        """
        ...


Answer = TypeVar("Answer")
GAP_S: Final = 0.02
"""Least time between an answer and the next request, real seconds."""


class ReadOnly(Exception):
    """Somebody tried to write through a link that only looks."""


class GentleLink:
    """Passes reads on one after the other with a gap between them; it never writes.

    That it never writes is the reason why `aios device` has no way around the gate: everything it
    asks a device itself goes through here.
    """

    def __init__(self, link: NamingLink, *, gap_s: float = GAP_S) -> None:
        self._link = link
        self._gap_s = gap_s
        self._free_s = 0.0
        self.requests = 0
        """Requests that were passed on."""

    async def open(self) -> None:
        """Try to connect."""
        await self._link.open()

    async def ready(self, unit: int | None = None) -> None:
        """Connect where there is no connection."""
        await self._link.ready(unit)

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return registers or bits, when the gap has passed."""
        return await self._in_turn(lambda: self._link.read(unit, table, address, count))

    async def identify(self, unit: int) -> dict[str, str]:
        """Return how a device names itself, when the gap has passed."""
        return await self._in_turn(lambda: self._link.identify(unit))

    async def _in_turn(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        loop = asyncio.get_running_loop()
        wait_s = self._free_s - loop.time()
        if wait_s > 0.0:
            await asyncio.sleep(wait_s)
        self.requests += 1
        try:
            return await ask()
        finally:
            self._free_s = loop.time() + self._gap_s

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = lambda: True,  # noqa: ARG002 - the role has it
    ) -> None:
        """Refuse.

        Raises:
            ReadOnly: always.
        """
        raise ReadOnly(
            f"nothing is written past the gate ({table} {address} of unit {unit}, {len(values)} values)"
        )

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()

"""A wire in virtual time: each device takes its time, and may be silent or answer rubbish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, DeviceException, Lapsed, LinkDown, NoAnswer, always


@dataclass(frozen=True)
class Passed:
    """One request on the wire, seconds of the loop."""

    unit: int
    kind: str
    begin_s: float
    end_s: float
    answered: bool


@dataclass
class SlowWire:
    """A link whose devices answer after `takes_s` of their unit; it sees whether requests overlap."""

    takes_s: dict[int, float] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    rubbish: set[int] = field(default_factory=set)
    refusing: dict[int, int] = field(default_factory=dict)
    resetting: set[int] = field(default_factory=set)
    """Units at which the connection is closed instead of an answer."""
    timeout_s: float = 1e9
    """How long it waits itself; a line waits no longer than its seats say."""
    is_down: bool = False
    passed: list[Passed] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    _under_way: int = 0

    async def open(self) -> None:
        self.opened += 1

    async def ready(self, unit: int | None = None) -> None:
        if self.is_down:
            raise LinkDown("the wire is down")

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        await self._one(unit, "read")
        return [unit] * count

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        if not still_valid():
            raise Lapsed
        await self._one(unit, "write")

    async def close(self) -> None:
        self.closed += 1

    async def _one(self, unit: int, kind: str) -> None:
        loop = asyncio.get_running_loop()
        begin_s, answered = loop.time(), False
        assert self._under_way == 0, "one request at a time"
        self._under_way += 1
        try:
            takes_s = 1e9 if unit in self.silent else self.takes_s.get(unit, 0.01)
            await asyncio.sleep(min(takes_s, self.timeout_s))
            if takes_s > self.timeout_s:
                raise NoAnswer(f"nothing in {self.timeout_s} s")
            if unit in self.resetting:
                raise NoAnswer("the connection was closed")
            if unit in self.rubbish:
                raise BadEcho("another function")
            if unit in self.refusing:
                raise DeviceException(self.refusing[unit])
            answered = True
        finally:
            self._under_way -= 1
            self.passed.append(Passed(unit, kind, begin_s, loop.time(), answered))

    def failing_s(self) -> float:
        """Return the time that went into requests without an answer."""
        return sum(one.end_s - one.begin_s for one in self.passed if not one.answered)

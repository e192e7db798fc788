"""A seat on a line: the link of one device among those that share a wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from drivers.modbus.breaker import CLOSED, Breaker
from drivers.modbus.cadence import Load
from drivers.modbus.entry import Table
from drivers.modbus.link import (
    AWAY_BEHIND,
    BadEcho,
    DeviceException,
    Lapsed,
    Link,
    LinkDown,
    MaskWriter,
    NoAnswer,
    Settling,
    always,
)
from drivers.modbus.profile import Profile
from drivers.modbus.turn_order import Urgency
from kernel.point import NANOSECONDS
from kernel.ports import Clock
from kernel.traffic import Brief, Traffic

if TYPE_CHECKING:
    from drivers.modbus.line import Line

T = TypeVar("T")


class Seat:
    """A link like any other to its driver; what it does waits for its turn on the line."""

    def __init__(self, line: Line, device: str, *, timeout_s: float, wanted_s: float, gap_s: float) -> None:
        """Sit down; `Line.seat` makes it."""
        self.device = device
        self.wanted_s = wanted_s
        """Time from reading to reading that is wanted, real seconds."""
        self.gap_s = gap_s
        self.timeout_s = timeout_s
        self.profile = Profile()
        self.breaker: Breaker = CLOSED
        self.stretch = 1
        """How many times more seldom than wanted it is to be read."""
        self.is_slow = False
        """Whether its answers take so long that others go before it."""
        self.fast: frozenset[tuple[Table, int]] = frozenset()
        """Table and address of the requests that go before others."""
        self.requests_a_reading = 1.0
        """On the average: what moves slowly is not asked in every one."""
        self.ready_s = self.tried_s = self.demanded_s = 0.0
        """When it may be asked again, was last tried, last wanted to be; real seconds of the loop."""
        self.line = line
        self._is_open = False

    @property
    def due_s(self) -> float:
        """When it misses its freshness target, counted from when it was last tried."""
        return self.tried_s + self.wanted_s * self.stretch

    async def open(self) -> None:
        """Open the line with the first of its devices."""
        if not self._is_open:
            self._is_open = True
            await self.line.opened()

    async def ready(self, unit: int | None = None) -> None:
        """Connect in a turn of its own, and wait until a unit may be asked."""
        async with self.turn(Urgency.WRITE) as held:
            await held.ready(unit)

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return registers or bits, in a turn of its own."""
        urgency = Urgency.FAST if (table, address) in self.fast else Urgency.NORMAL
        async with self.turn(urgency) as held:
            return await held.read(unit, table, address, count)

    async def read_to_write(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return registers that a write waits for: with its urgency, and where it would be tried too."""
        async with self.turn(Urgency.WRITE) as held:
            return await held.read(unit, table, address, count)

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write once, in a turn of its own, before everything else that waits."""
        async with self.turn(Urgency.WRITE) as held:
            await held.write(unit, table, address, values, still_valid)

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write some bits of a holding register once, as any write."""
        async with self.turn(Urgency.WRITE) as held:
            await held.mask_write(unit, address, bits, mask, still_valid)

    async def close(self) -> None:
        """Close the line with the last of its devices."""
        if self._is_open:
            self._is_open = False
            await self.line.closed()

    def turn(self, urgency: Urgency) -> AbstractAsyncContextManager[HeldTurn]:
        """Wait for a turn and hold it: what is checked inside is true when the request leaves.

        Raises:
            LinkDown: the device is not asked now.
        """
        return self.line.turn(self, urgency)

    def left_ns(self, clock: Clock) -> int:
        """Return when the last request left, operational time: waiting for a turn makes no value older."""
        now_ns = clock.now_ns()
        ago_s = asyncio.get_running_loop().time() - self.tried_s
        return now_ns - round(ago_s * (clock.factor or 1.0) * NANOSECONDS)

    def load(self, gap_s: float) -> Load:
        """Return what it asks of the line, by what its requests took lately."""
        request_s = self.profile.mean_s
        reading_s = self.requests_a_reading * (request_s + gap_s)
        return Load(reading_s=reading_s, request_s=request_s, wanted_s=self.wanted_s)

    def answered(self, took_s: float) -> None:
        """Note an answer: whatever was before, the device is there."""
        self.profile.answered(took_s)
        self.breaker = self.breaker.answered()

    def brief(self) -> Brief:
        """Return how the device stands on the line."""
        stage = self.breaker.stage(asyncio.get_running_loop().time())
        return Brief(line=self.line.name, breaker=stage.value, stretch=self.stretch)

    def traffic(self) -> Traffic:
        """Return what was learned of the device, and how its breaker stands."""
        now_s = asyncio.get_running_loop().time()
        return msgspec.structs.replace(
            self.profile.traffic(),
            line=self.line.name,
            breaker=self.breaker.stage(now_s).value,
            retry_in_s=max(0.0, self.breaker.retry_s - now_s) if self.breaker.is_lost else 0.0,
            stretch=self.stretch,
        )


class Silence(NamedTuple):
    """Until when nobody, and until when one device is not to be asked; seconds of the loop."""

    line_s: float
    seat_s: float


NO_SILENCE: Final = Silence(0.0, 0.0)


class HeldTurn:
    """The wire, for one device and one turn: what it says of the device is noted on its seat."""

    def __init__(self, link: Link, seat: Seat) -> None:
        """Hold the link for a seat, for one request."""
        self._link = link
        self._seat = seat
        self.requests = 0
        """Those that left."""
        self.failed_s = 0.0
        """Real seconds that went into requests without an answer."""
        self._owes: int | None = None
        """The unit that was asked and has not answered."""

    async def ready(self, unit: int | None = None) -> None:
        """Connect where there is no connection, and wait until a unit may be asked."""
        await self._link.ready(unit)

    def silence(self) -> Silence:
        """Return what must be silent after a request that was not answered."""
        link = self._link
        if self._owes is None or not isinstance(link, Settling):
            return NO_SILENCE
        return Silence(line_s=link.due_s(), seat_s=link.due_s(self._owes))

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return registers or bits."""
        seat = self._seat
        patience_s = seat.profile.patience_s(seat.timeout_s) if seat.breaker.is_lost else seat.timeout_s
        return await self._noted(unit, lambda: self._link.read(unit, table, address, count), patience_s)

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write once, unless it is no longer valid when the bytes would leave."""
        await self._noted(
            unit, lambda: self._link.write(unit, table, address, values, still_valid), self._seat.timeout_s
        )

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write some bits of a register once, where the wire's link can.

        Raises:
            LinkDown: it cannot, and nothing was written.
        """
        link = self._link
        if not isinstance(link, MaskWriter):
            raise LinkDown("this link cannot write bits of a register (function 22)")
        await self._noted(
            unit, lambda: link.mask_write(unit, address, bits, mask, still_valid), self._seat.timeout_s
        )

    async def _noted(self, unit: int, request: Callable[[], Awaitable[T]], patience_s: float) -> T:
        """Send a request once, and note what becomes of it; a wire that is down is no fault of the device.

        Its time begins when the wire is there and silent: waiting for either is no slow answer.
        """
        seat, loop = self._seat, asyncio.get_running_loop()
        await self._link.ready(unit)
        tried_s, began_s = seat.tried_s, loop.time()
        seat.tried_s, self._owes = began_s, unit
        self.requests += 1
        try:
            async with asyncio.timeout(patience_s):
                answer = await request()
        except TimeoutError as late:
            failure = NoAnswer(f"{seat.device}: nothing in {patience_s:g} s")
            self._failed(failure, began_s)
            raise failure from late
        except (NoAnswer, BadEcho) as failure:
            self._failed(failure, began_s)
            raise
        except (Lapsed, LinkDown):  # nothing left
            seat.tried_s, self._owes = tried_s, None
            self.requests -= 1
            raise
        except DeviceException as refusal:
            self._refused(refusal, began_s)
            raise
        self._owes = None
        seat.answered(loop.time() - began_s)
        return answer

    def _refused(self, refusal: DeviceException, began_s: float) -> None:
        self._owes = None
        if refusal.code in AWAY_BEHIND:
            self._failed(refusal, began_s)
            return
        self._seat.profile.failed(refusal)
        self._seat.answered(asyncio.get_running_loop().time() - began_s)

    def _failed(self, failure: Exception, began_s: float) -> None:
        now_s = asyncio.get_running_loop().time()
        self.failed_s += now_s - began_s
        self._seat.profile.failed(failure)
        self._seat.breaker = self._seat.breaker.failed(now_s)

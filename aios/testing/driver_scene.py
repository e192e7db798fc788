"""A scene: one new driver on its bench, and the verbs of the rules. Every reading and report is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Final, Self, TypeVar

import msgspec
import numpy as np

from aios.testing.driver_bench import DriverBench
from aios.testing.fault_proxy import FaultProxy, WireFaults
from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block
from kernel.ports import Driver
from kernel.quality import VALIDITY, is_good

PAUSE_S: Final = 0.02
"""Real pause between two attempts to read a device that is coming back."""
SETTLE_S: Final = 0.5
"""Real time within which sockets and tasks must be gone."""
T = TypeVar("T")


class Broken(Exception):
    """A rule is broken; it need not be the one of the scene in which that was seen."""

    def __init__(self, found: str, rule: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.rule = rule
        """The rule that is broken; empty for the one of the scene."""


class Scene:
    """A driver with its device before it. `async with` begins and ends it; nothing is opened by itself."""

    def __init__(self, bench: DriverBench) -> None:
        self.bench = bench
        self.driver: Driver
        self._wire: FaultProxy | None = None
        self._numbers = 0
        self._was_good = False

    async def __aenter__(self) -> Self:
        """Put the bad wire before the device, without a fault yet, and make the driver."""
        host, port = "", 0
        if self.bench.address is not None:
            self._wire = FaultProxy(*self.bench.address, seed=7)
            await self._wire.up()
            host, port = "127.0.0.1", self._wire.port
        await self.appear()
        self.driver = self.bench.make(host, port)
        self.show(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give the device back, and close the driver."""
        await self.appear()
        try:
            async with asyncio.timeout(self.bench.patience_s + self.bench.recovery_s):
                await self.driver.close()
        except Exception as error:  # foreign code: whatever it raises is a finding
            raise Broken(f"close raised {_named(error)}", "can_be_closed") from error
        finally:
            if self._wire is not None:
                await self._wire.down()

    @property
    def wire(self) -> FaultProxy:
        """The bad wire before the device; rules that use it need `wire`."""
        if self._wire is None:
            raise RuntimeError("this bench has no address, so there is no wire")
        return self._wire

    async def vanish(self) -> None:
        """Take the device away without a word: it answers nothing more."""
        if self.bench.vanish is not None:
            await self.bench.vanish()
        else:
            self.wire.half_open()

    async def appear(self) -> None:
        """Give it back, with an unharmed wire."""
        if self.bench.appear is not None:
            await self.bench.appear()
        if self.bench.lose_replies is not None:
            self.bench.lose_replies(lost=False)
        if self._wire is not None:
            self._wire.clear()
            await self._wire.up()

    def lose_replies(self) -> None:
        """Let the device do what it is told and say nothing."""
        if self._wire is not None:
            self._wire.to_client.faults = WireFaults(drop=1.0)
        elif self.bench.lose_replies is not None:
            self.bench.lose_replies(lost=True)

    async def open(self) -> None:
        """Open the driver; that raises nothing, whether the device is there or not."""
        await self._bounded(self.driver.open(), "open")

    async def read(self) -> Block:
        """Read once, in bounded time, and judge what came."""
        before_ns = self.bench.clock.now_ns()
        block = await self._bounded(self.driver.read(), "read")
        self._judge(block, before_ns)
        return block

    async def good(self, rule: str = "") -> Block:
        """Read until every row is good; after `recovery_s` the rule is broken.

        Unless it is named, that is `answers` for a device that was never good, else `returns_after_loss`.
        """
        loop = asyncio.get_running_loop()
        end_s = loop.time() + self.bench.recovery_s
        while True:
            block = await self.read()
            if all(is_good(int(quality)) for quality in block.quality):
                self._was_good = True
                return block
            if loop.time() > end_s:
                rule = rule or ("returns_after_loss" if self._was_good else "answers")
                told = ", ".join(f"{int(quality):#x}" for quality in block.quality)
                raise Broken(f"not all rows good after {self.bench.recovery_s} s; qualities {told}", rule)
            await self.pause(PAUSE_S)

    async def write(self, command: Command) -> Sent:
        """Write once, in bounded time, and judge the report."""
        before_ns = self.bench.clock.now_ns()
        sent = await self._bounded(self.driver.write(command), "write")
        if not isinstance(sent, Sent) or sent.command != command.id:
            raise Broken(f"the report on {command.id} is {sent!r}", "reports_on_its_command")
        if not before_ns <= sent.at_ns <= self.bench.clock.now_ns():
            raise Broken("the time of the report is not that of the write", "reports_on_its_command")
        if not sent.detail and sent.transmission is not Transmission.WRITTEN:
            raise Broken(f"{sent.transmission} without a word why", "reports_on_its_command")
        return sent

    def next(self, command: Command | None) -> Command:
        """Return a command again under an id and a sequence number of its own."""
        if command is None:
            raise RuntimeError("a rule that writes needs a command")
        self._numbers += 1
        sequence = None if command.sequence is None else command.sequence + self._numbers
        return msgspec.structs.replace(command, id=f"{command.id}-{self._numbers}", sequence=sequence)

    def writes(self) -> int:
        """Return how many writes the device has executed."""
        return 0 if self.bench.writes is None else self.bench.writes()

    def show(self, which: int) -> dict[str, float]:
        """Let the device measure the first or second of the values it can show; return them."""
        values = {point: pair[which] for point, pair in self.bench.shown.items()}
        for point, value in values.items():
            if self.bench.show is not None:
                self.bench.show(point, value)
        return values

    def differing(self, block: Block, wanted: Mapping[str, float], *, good_only: bool = True) -> str:
        """Name the first point whose value is not what it should be; empty where there is none."""
        for place, point in enumerate(self.driver.points):
            if point not in wanted or (good_only and not is_good(int(block.quality[place]))):
                continue
            if not np.isclose(block.value[place], wanted[point], rtol=1e-6, atol=1e-9):
                return f"{point} reads {block.value[place]:.9g}, and the device has {wanted[point]:.9g}"
        return ""

    async def pause(self, seconds: float) -> None:
        """Let time pass: at once where time is virtual."""
        clock = self.bench.clock
        if clock.factor == 0.0:
            await clock.sleep_until(clock.now_ns() + round(seconds * 1e9))
        await asyncio.sleep(0.0 if clock.factor == 0.0 else seconds)

    async def _bounded(self, doing: Awaitable[T], what: str) -> T:
        """Wait for the driver, but not for ever; what it raises is a finding."""
        limit_s = self.bench.patience_s + self.bench.recovery_s
        timeout = asyncio.timeout(limit_s)
        try:
            async with timeout:
                return await doing
        except Exception as error:  # foreign code: whatever it raises is a finding
            if timeout.expired():
                raise Broken(f"{what} took longer than {limit_s} s", "is_bounded_in_time") from None
            raise Broken(f"{what} raised {_named(error)}", "raises_nothing") from error

    def _judge(self, block: Block, before_ns: int) -> None:
        if not isinstance(block, Block) or block.index.tolist() != list(self.bench.rows):
            told = block.index.tolist() if isinstance(block, Block) else repr(block)
            raise Broken(f"rows {told}, not {list(self.bench.rows)}", "one_row_a_point")
        arrays = (block.value, block.quality, block.at_ns, block.available_at_ns)
        kinds = [f"{array.dtype}{array.shape}" for array in arrays]
        wanted = [f"{kind}({len(self.bench.rows)},)" for kind in ("float64", "uint16", "int64", "int64")]
        if kinds != wanted:
            raise Broken(f"arrays are {kinds}, not {wanted}", "one_row_a_point")
        if not np.isfinite(block.value).all():
            raise Broken("a value is NaN or infinite", "a_hole_is_a_quality")
        now_ns = self.bench.clock.now_ns()
        if (block.available_at_ns < before_ns).any() or (block.available_at_ns > now_ns).any():
            raise Broken("a row is known before it was asked for, or later than now", "tells_its_times")
        if (block.at_ns > block.available_at_ns).any():
            raise Broken("a row is about a time after it was known", "tells_its_times")


def all_invalid(block: Block) -> bool:
    """Whether nothing of a reading counts."""
    return bool(((block.quality & VALIDITY) == 1).all())


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"

"""The bus: one driver, its queue of writes and its mailbox of readings.

Writes go first, and where the driver shares its wire they do not wait for a reading that waits. Expiry is
checked again right before the wire; a newer set-point takes the place of a queued one; each command is handed
to the driver once. A driver that raises is a device that is away: the bus goes on without it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Coroutine
from typing import Any, Final

import msgspec
import numpy as np

from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block
from kernel.point import NANOSECONDS, Operation
from kernel.ports import Clock, Driver
from kernel.quality import FAILURE, INVALID, OLD
from kernel.shell.outage import Outages
from kernel.shell.pace import Pace
from kernel.shell.queues import QueueState

MAILBOX: Final = 8
"""Blocks kept for the next tick; older ones give way, they are overtaken anyway."""
OPEN: Final = 2
"""Commands that may wait for each point of a driver: a set-point and what makes it safe."""


class Bus:
    """Carries readings from a driver to the tick and commands from the tick to the driver."""

    def __init__(self, driver: Driver, clock: Clock, *, scan_s: float | None = None) -> None:
        """Serve one driver.

        Args:
            driver: speaks to the device.
            clock: operational time.
            scan_s: operational seconds between two readings; None where whoever runs the bus says it.
        """
        self.driver = driver
        self.pace = Pace(scan_s or 1.0)
        """How often the device was read, against how often it is to be."""
        self._scan_s = scan_s
        self._step_ns = round((scan_s or 0.0) * NANOSECONDS)
        """Period in which `step` reads once; 0 for every step."""
        self._clock = clock
        self._queue: OrderedDict[str, Command] = OrderedDict()
        """Commands to write, by id, the oldest first; beyond the bound they are refused."""
        self._newest: dict[str, str] = {}
        """Id of the set-point queued last, by point: where it still waits, a newer one replaces it."""
        self._most = OPEN * max(1, len(driver.points))
        self._refused = 0
        self._blocks: deque[Block] = deque(maxlen=MAILBOX)
        self._overtaken = 0
        self._sent: list[Sent] = []
        """Reports for the next tick: one a command, so no more than were queued."""
        self._wake = asyncio.Event()
        self._outages = Outages()
        self._reading = f"reading of {driver.name}"
        self._last: Block | None = None
        self._beats: dict[str, Command] = {}
        """The latest heartbeat of each watchdog register that is not written yet."""
        self._beaten: dict[str, Sent] = {}
        """What the wire said last of each register."""
        self._ended = ""
        """Why nothing is written any more; empty while it is."""
        self._stepped = -1
        """The last period in which `step` has read."""
        self._is_torn = False
        """Whether the last reading lost a part of its answers."""
        self._due_ns: int | None = None
        """When the next reading is due; None where nobody knows, or where it was called lost already."""

    def queue(self, command: Command) -> None:
        """Take a journalled command; a queued set-point for the same point gives way to it."""
        if self._ended:
            self._report(command, Transmission.EXPIRED, self._ended)
            return
        if command.test:
            why = "its point is in test: journalled, not sent"
            self._report(command, Transmission.NOT_SENT, why)
            return
        if command.operation is Operation.SETPOINT:
            older = self._queue.pop(self._newest.get(command.point, ""), None)
            if older is not None:
                self._report(older, Transmission.SUPERSEDED, f"superseded by {command.id}")
            self._newest[command.point] = command.id
        if len(self._queue) >= self._most:
            self._refused += 1
            self._report(command, Transmission.NOT_SENT, f"{self._most} commands wait for the bus already")
            return
        self._queue[command.id] = command
        self._wake.set()

    def take_back(self, command_id: str, why: str) -> None:
        """Write a command no more, where it still waits; one that has left goes on to its end."""
        command = self._queue.pop(command_id, None)
        if command is not None:
            self._report(command, Transmission.NOT_SENT, why)

    def beat(self, command: Command) -> None:
        """Take a heartbeat; an older one of the same register gives way, written or not."""
        if not self._ended:
            self._beats[command.point] = command
            self._wake.set()

    def take_beat(self, point: str) -> Sent | None:
        """Return what the wire said of the last heartbeat since it was asked; None where nothing was."""
        return self._beaten.pop(point, None)

    def end(self, why: str) -> None:
        """Write nothing more: what is queued expires, unsent."""
        self._ended = why
        self._beats.clear()
        while self._queue:
            self._report(self._oldest(), Transmission.EXPIRED, why)

    def take(self) -> tuple[tuple[Block, ...], tuple[Sent, ...]]:
        """Give the tick what has arrived since the last one; a reading that hangs makes its rows invalid."""
        if self._due_ns is not None and self._clock.now_ns() - self._due_ns > self._patience_ns():
            self._due_ns = None
            if self._last is not None:
                self._keep(_lost(self._last, self._clock.now_ns()))
        blocks, sent = tuple(self._blocks), tuple(self._sent)
        self._blocks.clear()
        self._sent.clear()
        return blocks, sent

    def queues(self) -> tuple[QueueState, ...]:
        """Return the queues of this bus as they stand."""
        name, writes = self.driver.name, len(self._queue)
        return (
            QueueState(name=f"writes {name}", depth=writes, bound=self._most, dropped=self._refused),
            QueueState(
                name=f"readings {name}", depth=len(self._blocks), bound=MAILBOX, dropped=self._overtaken
            ),
        )

    def _oldest(self) -> Command:
        """Take the command that has waited longest."""
        return self._queue.popitem(last=False)[1]

    async def flush(self) -> None:
        """Write what is queued, each command once."""
        while self._queue:
            command = self._oldest()
            if self._clock.now_ns() > command.valid_until_ns:
                self._report(command, Transmission.EXPIRED, "its validity ended before it could be sent")
                continue
            await self._write(command)
        while self._beats:
            point, beat = self._beats.popitem()
            self._beaten[point] = await self._sent_of(beat)

    async def poll(self) -> None:
        """Read the device once; where the driver raises, its last rows come again as invalid ones.

        Before the first reading there is nothing to repeat: the rows then stay as never read.
        """
        try:
            block = await self.driver.read()
            times_ns = block.at_ns.tolist()
            self.pace.read(self._clock.now_ns(), newest_ns=max(times_ns) if times_ns else 0)
        except Exception as error:  # noqa: BLE001 - one driver must not end the bus, whatever ails it
            self._outages.away(self._reading, f"{type(error).__name__}: {error}")
            if self._last is not None:
                self._keep(_lost(self._last, self._clock.now_ns()))
            return
        self._outages.back(self._reading)
        self._last = block
        self._keep(block)

    def _keep(self, block: Block) -> None:
        """Put a reading into the mailbox; where it is full, the oldest gives way."""
        self._overtaken += len(self._blocks) == MAILBOX
        self._blocks.append(block)

    async def run(self, *, period_s: float, phase_s: float) -> None:
        """Read once a period and write as soon as something is queued, until cancelled.

        Args:
            period_s: operational seconds between two readings.
            phase_s: operational seconds by which a reading follows the full period.
        """
        self.pace.wanted_s = self._scan_s or period_s
        phase_ns = round(phase_s * NANOSECONDS)
        try:
            with self._outages.spared(f"opening of {self.driver.name}"):
                await self.driver.open()
            due_ns = 0
            while True:
                now_ns, period_ns, missed_ns = self._clock.now_ns(), self._period_ns(), due_ns
                due_ns = (now_ns - phase_ns) // period_ns * period_ns + period_ns + phase_ns
                is_sharing = getattr(self.driver, "writes_beside_reads", False)
                awaited_ns = missed_ns + period_ns if self._tore() else due_ns
                self._due_ns = None if is_sharing else awaited_ns  # on a shared wire it may wait for its turn
                await self._write_until(self._clock.sleep_until(due_ns))
                if is_sharing:
                    await self._write_until(self.poll())
                else:
                    await self.poll()
        finally:
            await self.driver.close()

    def _tore(self) -> bool:
        """Tell whether the last reading was the first to lose a part of its answers.

        The device may have died in the middle of it. Where it also overran its period, the reading that it
        pushed aside was missed: it is that one which is awaited. A device that answers a part every time is
        just slow, and is awaited when it is read next.
        """
        was_torn, self._is_torn = self._is_torn, self._last is not None and _is_torn(self._last)
        return self._is_torn and not was_torn

    def _period_ns(self) -> int:
        """Return the time from reading to reading; a wire without time for the wanted one stretches it."""
        return round(self.pace.wanted_s * NANOSECONDS) * max(1, getattr(self.driver, "stretch", 1))

    def _patience_ns(self) -> int:
        """Return how late a reading may be: one period. Devices do not scale: they have a real second."""
        real_ns = round(self._clock.factor * NANOSECONDS) if self._clock.factor > 1.0 else 0
        return max(self._period_ns(), real_ns)

    async def step(self) -> None:
        """Write what is queued, and read where a reading is due: what `run` does, for the virtual clock."""
        if self._queue or self._beats:
            await self.flush()
        if self._step_ns:
            period = self._clock.now_ns() // self._step_ns
            if period == self._stepped:
                return
            self._stepped = period
        await self.poll()

    async def _write_until(self, something: Coroutine[Any, Any, None]) -> None:
        """Serve the write queue until something else is done."""
        beside = asyncio.ensure_future(something)
        try:
            while not beside.done():
                self._wake.clear()
                await self.flush()
                waking = asyncio.ensure_future(self._wake.wait())
                try:
                    await asyncio.wait({beside, waking}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waking.cancel()
            beside.result()
        finally:
            beside.cancel()
            await asyncio.wait({beside})  # a reading that is given up has then let go of the wire

    async def _write(self, command: Command) -> None:
        """Hand a command to the driver, and keep what the wire said for the next tick."""
        try:
            self._sent.append(await self._sent_of(command))
        except asyncio.CancelledError:
            self._report(command, Transmission.NO_ANSWER, "the gateway ended while it was being written")
            raise

    async def _sent_of(self, command: Command) -> Sent:
        """Hand a command to the driver; where it raises, nobody knows what has left."""
        what = f"writing of {self.driver.name}"
        try:
            sent = await self.driver.write(command)
        except Exception as error:  # noqa: BLE001 - one driver must not end the bus, whatever ails it
            why = f"{type(error).__name__}: {error}"
            self._outages.away(what, why)
            return self._said(command, Transmission.NO_ANSWER, f"the driver failed: {why}")
        self._outages.back(what)
        return sent

    def _said(self, command: Command, transmission: Transmission, detail: str) -> Sent:
        return Sent(command=command.id, transmission=transmission, at_ns=self._clock.now_ns(), detail=detail)

    def _report(self, command: Command, transmission: Transmission, detail: str) -> None:
        self._sent.append(self._said(command, transmission, detail))


def _is_torn(block: Block) -> bool:
    failed = (block.quality & FAILURE) != 0
    return bool(failed.any() and not failed.all())


def _lost(last: Block, now_ns: int) -> Block:
    """Return the rows of a reading with its values and times, as invalid ones: their age grows."""
    return msgspec.structs.replace(
        last,
        quality=np.full(len(last), INVALID | FAILURE | OLD, dtype=np.uint16),
        available_at_ns=np.full(len(last), now_ns, dtype=np.int64),
    )

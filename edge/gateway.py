"""The gateway: buses, kernel and local socket as one life, begun and ended in order."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from edge.desk import Desk
from edge.instructions import stamped
from edge.lineage import lineage
from kernel.instruction import Unfit
from kernel.journal.commands import CommandJournal
from kernel.pipe.instruct import take
from kernel.point import NANOSECONDS, Operation
from kernel.proposal import Priority, Proposal
from kernel.shell.bus import Bus
from kernel.shell.kernel import Kernel
from kernel.shell.socket import Server
from kernel.shell.wire import (
    Accepted,
    Answer,
    GetLineage,
    GetSnapshot,
    Hello,
    Instruct,
    PutRequest,
    Rejected,
    Request,
    Stop,
)

log = structlog.get_logger()

LONGEST_REQUEST_S: Final = 3600.0
"""What a person asks for stands for an hour at the most; then it is asked again."""
READ_PHASE: Final = 0.4
"""Devices are read this share of a base tick after it: fresh for the next one, apart from writes."""


class Gateway:
    """Runs one site until it is told to stop."""

    def __init__(self, kernel: Kernel, buses: tuple[Bus, ...], desk: Desk, socket: Path) -> None:
        """Put a life together.

        Args:
            kernel: what decides and writes.
            buses: one for each driver.
            desk: what dispatchers see; it hears the kernel's ticks.
            socket: path of the local socket.
        """
        self.kernel = kernel
        self.desk = desk
        self._buses = buses
        self._server = Server(socket, self._respond)
        self._stopping = False

    def stop(self) -> None:
        """End after the running tick."""
        self._stopping = True

    async def run(self, until: Callable[[int], bool] = lambda _: False) -> None:
        """Live: listen, read, tick, until stopped or `until(now_ns)`; end in the opposite order."""
        base_s = self.kernel.pipe.site.base_tick_s
        await self._server.open()
        reading = [
            asyncio.create_task(bus.run(period_s=base_s, phase_s=base_s * READ_PHASE), name=bus.driver.name)
            for bus in self._buses
        ]
        log.info("gateway ready", site=self.kernel.pipe.site.name, devices=len(reading))
        try:
            await self._tick_beside(reading, until)
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await self._server.close()
            self.kernel.close()

    async def _tick_beside(self, reading: list[asyncio.Task[None]], until: Callable[[int], bool]) -> None:
        """Tick while every bus lives; a bus that dies of its own fault ends the gateway, loudly."""
        ticking = asyncio.create_task(self.kernel.run(lambda now: self._stopping or until(now)), name="tick")
        try:
            await asyncio.wait({ticking, *reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in (ticking, *reading):
                if task.done():
                    task.result()
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    async def _respond(self, request: Request) -> Answer:
        match request:
            case Hello():
                return Accepted()
            case GetSnapshot():
                return self.desk.snapshot(self.kernel)
            case GetLineage():
                return await asyncio.to_thread(self._lineage, request.command)
            case PutRequest():
                return self._put(request)
            case Instruct():
                return self._instruct(request)
            case Stop():
                self.stop()
                return Accepted()

    def _lineage(self, command: str) -> Answer:
        """Read the journal on a connection of its own: a long look must not hold up a commit."""
        journal = CommandJournal(self.kernel.shell.journal.path, read_only=True)
        try:
            return lineage(journal, command)
        finally:
            journal.close()

    def _put(self, request: PutRequest) -> Answer:
        """Take what a person asks for: it stands beside the agents' proposals, above them in priority."""
        site = self.kernel.pipe.site
        if request.point not in site.row:
            return Rejected(reason=f"no point {request.point} at {site.name}")
        writing = site.point(request.point).writing
        if writing is None:
            return Rejected(reason=f"{request.point} can only be read")
        if not math.isfinite(request.value):
            return Rejected(reason=f"{request.value} is no value for {request.point}")
        if not 0 < request.validity_s <= LONGEST_REQUEST_S:
            return Rejected(reason=f"a request is valid for 0 to {LONGEST_REQUEST_S:g} s")
        now_ns = self.kernel.shell.clock.now_ns()
        proposal = Proposal(
            agent=f"person:{request.person}",
            point=request.point,
            priority=Priority.PERSON,
            wanted=request.value,
            reason=request.reason,
            made_at_ns=now_ns,
            expires_at_ns=now_ns + round(request.validity_s * NANOSECONDS),
            once=writing.operation is Operation.PULSE,
        )
        if not self.kernel.request(proposal):
            return Rejected(reason="too many requests wait for the next tick; try again")
        return Accepted()

    def _instruct(self, request: Instruct) -> Answer:
        """Take an instruction into the next tick; what could not be taken now is refused at the door."""
        kernel = self.kernel
        told = stamped(request, now_ns=kernel.shell.clock.now_ns())
        if isinstance(told, Unfit):
            return Rejected(reason=told.reason)
        after = take(kernel.pipe.site, kernel.state, told)
        if isinstance(after, Unfit):
            return Rejected(reason=after.reason)
        if not kernel.instruct(told):
            return Rejected(reason="too many instructions wait for the next tick; try again")
        return Accepted(trace=told.key)

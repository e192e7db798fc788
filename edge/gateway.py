"""The gateway: buses, kernel and local socket as one life, begun and ended in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from edge.acknowledging import Acknowledging
from edge.bus_table import bus_table
from edge.desk import Desk
from edge.door import Door
from edge.gateway_order import gateway_order
from edge.lineage import lineage
from edge.lost_journal import LostJournal
from edge.metrics import Queues, collect
from edge.process_table import process_table
from edge.subsystems import INTENSITY, PERIOD_S, ServerChild, read, read_phase, subsystem
from kernel.journal.commands import CommandJournal
from kernel.ports import Clock
from kernel.remote import NotTaken
from kernel.shell.bus import Bus
from kernel.shell.child import ChildSpec, Restart, is_failure
from kernel.shell.clock import SystemClock
from kernel.shell.kernel import Kernel
from kernel.shell.loop_watch import LOOP_BLOCKED, LoopWatch
from kernel.shell.socket import Server
from kernel.shell.supervisor import Event, Supervisor, supervisor
from kernel.shell.supervisor_flags import AutoShutdown, Flags
from kernel.shell.task_child import task
from kernel.shell.wire import (
    Accepted,
    Answer,
    Branch,
    GetBuses,
    GetLineage,
    GetMetrics,
    GetProcesses,
    GetSnapshot,
    GetTree,
    HearCommand,
    Hello,
    Instruct,
    Metrics,
    PutRequest,
    Rejected,
    Reload,
    Request,
    Sample,
    Stop,
    TurnedAway,
)

if TYPE_CHECKING:
    from edge.intake.intake import Intake

log = structlog.get_logger()


class GatewayFailed(RuntimeError):
    """Something critical crashed, and the gateway has ended."""


def _intake(kernel: Kernel, door: Door) -> Intake | None:
    """Make what hears remote commands; None where the site takes none, which then loads nothing for it."""
    terms = kernel.pipe.site.commands
    if terms is None:
        return None
    from edge.intake.intake import Intake  # noqa: PLC0415 - loads PyJWT, which no other site needs

    return Intake(kernel, door, terms)


async def _no_reload(_: Reload) -> Answer:
    return Rejected(reason="this gateway runs by one site file only")


async def _at_once() -> None:
    """Be ready at once."""


class Gateway:
    """Runs one site until it is told to stop."""

    def __init__(
        self,
        kernel: Kernel,
        buses: tuple[Bus, ...],
        desk: Desk,
        socket: Path,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Put a life together.

        Args:
            kernel: what decides and writes.
            buses: one for each driver.
            desk: what dispatchers see; it hears the kernel's ticks.
            socket: path of the local socket.
            clock: real time, for restarts and for ending in order; the machine's where it is left out.
        """
        self.kernel = kernel
        self.desk = desk
        self._buses = buses
        self.door = Door(kernel)
        self._acknowledging = Acknowledging(kernel, self.door)
        self._server = Server(socket, self._acknowledging.over(self._respond))
        self._intake = _intake(kernel, self.door)
        self._stopping = False
        self.reload: Callable[[Reload], Awaitable[Answer]] = _no_reload
        """Takes another revision of the site file; set by who keeps revisions."""
        self.watch = LoopWatch(heard=self._blocked)
        self.beside: tuple[ChildSpec, ...] = ()
        """Subsystems that live beside the tick, such as workers and historian; set before `run`."""
        self.queues: tuple[Queues, ...] = ()
        """Queues beside those of the kernel, such as the outbox; set before `run`."""
        self.told: Callable[[], Iterable[Sample]] = tuple
        """Figures of processes beside the gateway, such as the historian; set before `run`."""
        self.before_ticks: Callable[[], None] = lambda: None
        """Called when everything else runs, right before the schedule begins; set before `run`."""
        self._clock = clock or SystemClock()
        self._root: Supervisor | None = None

    def stop(self) -> None:
        """End after the running tick, or at once where none runs."""
        self._stopping = True
        self.kernel.rest.wake()

    async def run(
        self,
        until: Callable[[int], bool] = lambda _: False,
        *,
        on_ready: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        """Live: listen, read, tick, until stopped or `until(now_ns)`; end in the opposite order.

        Raises:
            GatewayFailed: something critical crashed; everything was stopped in order.
        """
        self._root = Supervisor(
            "gateway",
            self._children(until),
            self._clock,
            Flags(intensity=0, period_s=PERIOD_S, auto_shutdown=AutoShutdown.ANY_SIGNIFICANT),
            heard=self.heard_of,
        )
        self.watch.start()
        try:
            await self._root.start()
            log.info("gateway ready", site=self.kernel.pipe.site.name, devices=len(self._buses))
            await on_ready()
            end = await self._root.ended()
        finally:
            await self._root.stop()
            self.watch.stop()
            self._acknowledging.close()
            await self.door.close()
            await self.kernel.end()
            self.kernel.close()
        if is_failure(end):
            raise GatewayFailed(end.why)

    def _children(self, until: Callable[[int], bool]) -> tuple[ChildSpec, ...]:
        """Return the tree: what is critical stands at the root, whose budget of restarts is none at all.

        A tick or a socket that crashes ends the process with its outputs as they stand, and systemd starts a
        new one. Everything else is a subsystem with a budget of its own; when that is spent it stays down,
        the tick goes on without it, and somebody is told.
        """
        tick_s = self.kernel.pipe.site.base_tick_s
        field = [
            self.subsystem(
                f"bus {bus.driver.name}",
                task("bus", partial(read, bus, tick_s, read_phase(place, len(self._buses)))),
            )
            for place, bus in enumerate(self._buses)
        ]
        return (
            ChildSpec(name="socket", make=partial(ServerChild, self._server)),
            *self.beside,
            supervisor("field", field, self._clock, Flags(intensity=0)),
            task(
                "tick",
                partial(self._tick, until),
                restart=Restart.TRANSIENT,
                significant=True,
            ),
        )

    async def _tick(self, until: Callable[[int], bool]) -> None:
        self.before_ticks()
        lost = LostJournal(self.kernel)
        await self.kernel.run(lambda now_ns: self._stopping or until(now_ns) or lost.is_over(now_ns))
        if lost.why:
            raise GatewayFailed(f"the journal is lost until it is opened again: {lost.why}")

    def subsystem(
        self, name: str, *children: ChildSpec, on_giving_up: Callable[[str], None] = lambda _: None
    ) -> ChildSpec:
        """Describe a subsystem: its children start again at most 5 times in 60 s, then it stays down.

        Args:
            name: of the subsystem, for people.
            children: in the order in which they start.
            on_giving_up: told why, when it stays down: it goes to its safe state.
        """

        def heard(event: Event) -> None:
            if event.kind == "gave_up":
                on_giving_up(event.why)
            self.heard_of(event)

        return subsystem(name, children, self._clock, heard=heard)

    def heard_of(self, event: Event) -> None:
        """Publish a repair order for a subsystem that gave up."""
        if event.kind == "gave_up":
            now_ns = self.kernel.shell.clock.now_ns()
            self.kernel.inbox.publish(
                gateway_order(event.supervisor, event.why, limit=INTENSITY, now_ns=now_ns)
            )

    def _blocked(self, _place: str) -> None:
        """Count a blocking of the loop beside what fails; the watch itself logs each place once."""
        self.kernel.outages.failures[LOOP_BLOCKED] += 1

    def tree(self) -> Branch | None:
        """Return everything that runs, as it stands; None before it has begun."""
        return None if self._root is None else self._root.tree()

    async def _respond(self, request: Request) -> Answer:
        """Answer a question, or take what is told."""
        match request:
            case GetSnapshot():
                return await self.desk.answer(request, self.kernel)
            case GetProcesses():
                return process_table(self.kernel, self.tree(), dict(self.watch.blocked))
            case GetBuses():
                return await bus_table(self.kernel.shell.buses, self.kernel.shell.clock.now_ns())
            case GetMetrics():
                return await self._metrics()
            case Reload():
                return await self.reload(request)
            case _:
                return await self._take(request)

    async def _take(
        self, request: Hello | GetTree | GetLineage | PutRequest | Instruct | HearCommand | Stop
    ) -> Answer:
        match request:
            case GetLineage():
                return await asyncio.to_thread(self._lineage, request.command)
            case GetTree():
                return self.tree() or Rejected(reason="the gateway has not begun yet")
            case PutRequest() | Instruct() | HearCommand():
                return await self._let_in(request)
            case Stop():
                self.stop()
                return Accepted()
            case Hello():
                return Accepted()

    async def _let_in(self, request: PutRequest | Instruct | HearCommand) -> Answer:
        match request:
            case PutRequest():
                return await self.door.put(request)
            case Instruct():
                return await self.door.instruct(request)
            case HearCommand() if self._intake is not None:
                return await self._intake.hear(request)
            case HearCommand():
                return TurnedAway(refusal=NotTaken.COMMANDS_OFF, why="this site takes no remote commands")

    async def _metrics(self) -> Metrics:
        face, site = self.desk.face, self.kernel.pipe.site
        runs = {
            "version": face.version,
            "site": site.name,
            "digest": site.digest,
            "policy_revision": self.kernel.pipe.issuer.of(self.kernel.state).revision,
        }
        queues = self.queues if self._intake is None else (*self.queues, self._intake.queues)
        samples = await collect(self.kernel, self.desk.tally, self.tree(), queues)
        heard = () if self._intake is None else self._intake.samples()
        return Metrics(samples=(Sample("aios_build_info", 1.0, runs), *samples, *heard, *self.told()))

    def _lineage(self, command: str) -> Answer:
        """Read the journal on a connection of its own: a long look must not hold up a commit."""
        journal = CommandJournal(self.kernel.shell.journal.path, read_only=True)
        try:
            return lineage(journal, command)
        finally:
            journal.close()

"""One life of a simulated gateway: composed as in the field, ended in order or as by SIGKILL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from aios.folder import Folder
from aios.gateway.compose import Assembly, Surroundings, assemble
from aios.gateway.past import past_of
from aios.testing.injected import Faults, Kind
from aios.testing.seen import Acknowledged, Answered, History, Seen, Wired
from aios.testing.simulated_clock import SimulatedClock, WallClock, true_ns
from aios.testing.simulated_device import FaultyDevice
from aios.testing.simulated_disk import SimulatedJournal, SimulatedLane
from aios.testing.simulated_gate import SimulatedGate
from aios.testing.simulated_network import SimulatedLink, SimulatedNetwork
from aios.testing.simulated_workers import SimulatedWorkers
from aios.testing.small_agents import small_crew, small_loops
from aios.testing.small_site import TEXT, TICK_S, small_site
from edge.subsystems import READ_PHASE
from kernel.command import Command, Sent
from kernel.journal.lane import Lane
from kernel.measurement import Block
from kernel.pipe.tick import Decided, Inputs
from kernel.ports import Driver, GateRequest
from kernel.verdict import Judgement
from policies.embedded import EmbeddedGate

START_S: Final = 1.5
"""A gateway needs so long from its process's start to its first tick, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a gateway is connected to; it outlives the gateway."""

    folder: Path
    faults: Faults
    wall: WallClock
    network: SimulatedNetwork
    devices: Mapping[str, FaultyDevice]
    policies: EmbeddedGate
    history: History
    seed: int
    sabotage: Callable[[Life], None]

    @property
    def journal_path(self) -> Path:
        """The command journal's file."""
        return Folder(root=self.folder).commands


class Life:
    """A gateway from its start to its end."""

    def __init__(self, ports: Ports, *, number: int) -> None:
        """Start it from its folder."""
        self.number = number
        self._ports = ports
        self._lanes: list[SimulatedLane] = []
        self.clock = SimulatedClock(ports.wall)
        self.assembly = self._assemble()
        self.kernel = self.assembly.kernel
        ports.sabotage(self)
        self._tasks = self._start()
        ports.history.lives += 1

    @classmethod
    def attempt(cls, ports: Ports, number: int) -> Life | None:
        """Start it; None where the disk does not take its first entry, with which the process would end."""
        if ports.faults.acting(Kind.DISK_EIO) or ports.faults.acting(Kind.DISK_FULL):
            return None
        return cls(ports, number=number)

    def _assemble(self) -> Assembly:
        ports, site = self._ports, small_site()
        seed = f"{ports.seed} {self.number}"
        dice = random.Random(f"disk {seed}")
        folder = Folder(root=ports.folder)
        past = past_of(site, ports.folder, self.clock.now_ns())
        around = Surroundings(
            clock=self.clock,
            gate=SimulatedGate(ports.policies, ports.faults, seed, self._answered),
            workers=SimulatedWorkers(small_crew, past, self.clock, ports.faults, seed),
            link=lambda name: SimulatedLink(ports.network, ports.devices[name]),
            threaded=False,
            run=f"s{self.number}-{ports.seed}-{true_ns() // 1_000_000:x}",
            open_journal=self._open_journal,
            lane=partial(self._open_lane, dice=dice),
            loops=small_loops,
            stopwatch_ns=true_ns,
        )
        assembly = assemble(site, TEXT, folder, around, (self,))
        for bus in assembly.buses:
            bus.driver = WitnessedDriver(bus.driver, self)
        return assembly

    def _open_journal(self, path: Path) -> SimulatedJournal:
        return SimulatedJournal(path, self._ports.faults, self._acknowledged)

    def _open_lane(self, name: str, *, dice: random.Random) -> Lane:
        lane = SimulatedLane(name, self._ports.faults, dice)
        self._lanes.append(lane)
        return lane

    def _start(self) -> list[asyncio.Task[None]]:
        base_s = TICK_S
        reading = [
            asyncio.ensure_future(bus.run(period_s=base_s, phase_s=base_s * READ_PHASE))
            for bus in self.assembly.buses
        ]
        return [*reading, asyncio.ensure_future(self._tick())]

    async def _tick(self) -> None:
        await asyncio.sleep(START_S)
        await self.kernel.run(lambda _: False)

    async def until(self, at_s: float) -> None:
        """Live until a true time.

        Raises:
            BaseException: what ended a task of the gateway, which no fault may do.
        """
        left_s = at_s - asyncio.get_running_loop().time()
        if left_s <= 0:
            return
        done, _ = await asyncio.wait(self._tasks, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
            raise RuntimeError(f"{task.get_name()} of the gateway ended by itself")

    async def die(self) -> None:
        """End at once, as by SIGKILL: what the disk has not done is lost, what left the wire goes its way."""
        for lane in self._lanes:
            lane.die()
        await self._cancel()
        self.kernel.shell.journal.close()
        self.kernel.shell.recorder._db.close()  # noqa: SLF001 - a killed process flushes nothing
        self.assembly.outbox.close()

    async def end(self) -> None:
        """End in order."""
        await self._cancel()
        self.kernel.close()
        self.assembly.close()

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def owners(self, point: str) -> tuple[str, ...]:
        """Name who has a wish for a point that stands now."""
        now_ns = self.clock.now_ns()
        standing = self.kernel.state.standing
        return tuple(
            agent
            for (agent, about), wish in sorted(standing.items())
            if about == point and wish.wanted is not None and wish.expires_at_ns > now_ns
        )

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Hear of a tick, as history does, which may be dead."""
        state = decided.state
        self._ports.history.ticks.append(
            Seen(_now_s(), self.number, inputs.tick, inputs.now_ns, state.image.at_ns, state.rungs)
        )
        if self._ports.faults.acting(Kind.HISTORIAN_DEAD):
            raise ConnectionError("the historian is gone")

    def wrote(self, command: Command) -> None:
        """Take note of a command that is handed to a driver."""
        acknowledged = self._ports.history.acknowledged
        self._ports.history.wired.append(
            Wired(
                at_s=_now_s(),
                life=self.number,
                command=command,
                journalled=acknowledged[-1].seq if acknowledged else 0,
            )
        )

    def _acknowledged(self, seq: int, head: str) -> None:
        self._ports.history.acknowledged.append(Acknowledged(at_s=_now_s(), seq=seq, head=head))

    def _answered(self, request: GateRequest, judgement: Judgement) -> None:
        for command in request.commands:
            verdict = judgement.verdicts.get(command.id)
            if verdict is not None and not judgement.failure:
                self._ports.history.answered[command.id] = Answered(
                    at_s=_now_s(), point=command.point, value=command.value, verdict=verdict
                )


class WitnessedDriver:
    """A driver that is watched: what it is told to write is noted before anything leaves."""

    def __init__(self, driver: Driver, life: Life) -> None:
        """Stand before a driver."""
        self._driver = driver
        self._life = life
        self.name = driver.name
        self.points = driver.points

    async def open(self) -> None:
        """Prepare the link."""
        await self._driver.open()

    async def read(self) -> Block:
        """Read all points."""
        return await self._driver.read()

    async def write(self, command: Command) -> Sent:
        """Note and send a command."""
        self._life.wrote(command)
        return await self._driver.write(command)

    async def close(self) -> None:
        """Release the link."""
        await self._driver.close()


def _now_s() -> float:
    return round(asyncio.get_running_loop().time(), 6)

"""One simulated stretch of a gateway's life, from a seed.

The same kernel, journal, drivers and policies as in the field, in virtual time, with faults everywhere. The
same seed gives the same run to the bit.
"""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aios.gateway.compose import bundle_of
from aios.testing.injected import ENDS_THE_GATEWAY, Faults, Injected, Kind, chosen
from aios.testing.seeded_loop import run_seeded
from aios.testing.seen import History, Sample
from aios.testing.simulated_clock import WallClock, true_ns
from aios.testing.simulated_device import FaultyDevice
from aios.testing.simulated_gateway import Life, Ports
from aios.testing.simulated_network import SimulatedNetwork
from aios.testing.small_site import CLOSE, KEEPING, OPEN, POSITION, REVERTING, TICK_S, small_site
from aios.testing.timer_off import TimerOff
from drivers.modbus.entry import Table
from kernel.journal.commands import CommandJournal
from kernel.point import NANOSECONDS
from kernel.proposal import Priority, Proposal
from policies.embedded import EmbeddedGate
from policies.envelope import Envelope
from simulators.devices.bank import Bank
from simulators.devices.make import make_bank

HOUR_S: Final = 3600.0
QUIET_S: Final = 300.0
"""At the end of a run nothing goes wrong for this long: what was open must end, what was lost be found."""
ENDS_NS: Final = 60 * NANOSECONDS
"""A command that is older than this at the end should have ended."""
ASKS_S: Final = 47.0
"""A person asks for something this often."""
STARTS: Final = (
    1_795_376_000,  # 2026-11-22, an ordinary day
    1_774_744_200,  # 2026-03-29 00:30 UTC, half an hour before summer time begins in Europe
    2_147_482_000,  # 2038-01-19, half an hour before 32-bit seconds overflow
    1_483_227_000,  # 2016-12-31 23:30 UTC, half an hour before the last leap second
)
"""Seconds since 1970 at which runs begin: half an hour before something happens to time."""
_SETPOINT: Final = (Table.HOLDING, 101, 2)
"""Where the set-point lies in an inverter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is fixed of a run."""

    seed: int
    faults: tuple[Injected, ...]
    seconds: float = HOUR_S
    start_s: int = STARTS[0]
    """Civil time at the begin, seconds since 1970 UTC."""
    sabotage: Callable[[Life], None] = lambda _: None
    """Done to every gateway before it lives: what tests of the judges plant."""

    @classmethod
    def of(
        cls, seed: int, *, seconds: float = HOUR_S, sabotage: Callable[[Life], None] = lambda _: None
    ) -> Simulation:
        """Choose everything by a seed."""
        devices = [device.name for device in small_site().devices]
        faults = chosen(seed, devices, until_s=seconds - QUIET_S, tick_s=TICK_S)
        start_s = STARTS[seed % len(STARTS)]
        return cls(seed=seed, faults=faults, seconds=seconds, start_s=start_s, sabotage=sabotage)

    def run(self) -> History:
        """Live through it; return what was seen."""
        with tempfile.TemporaryDirectory(prefix="aios-simulation-") as folder:
            return run_seeded(_World(self, Path(folder)).live(), self.seed)


class _World:
    """All that outlives a gateway: devices, wires, the wall clock, the folder, a person."""

    def __init__(self, simulation: Simulation, folder: Path) -> None:
        self._simulation = simulation
        self._site = site = small_site()
        seed = simulation.seed
        self._faults = faults = Faults(simulation.faults, lambda: asyncio.get_running_loop().time())
        self._wall = WallClock(epoch_ns=simulation.start_s * NANOSECONDS)
        self._dice = random.Random(f"person {seed}")
        self._devices = _devices(faults, seed)
        self._network = SimulatedNetwork(faults, seed, true_ns)
        envelope = Envelope(site)
        self.history = History(
            seed=seed,
            site=site,
            faults=simulation.faults,
            limits={point.name: envelope.interval(point.name) for point in site.writable},
        )
        self._ports = Ports(
            folder=folder,
            faults=faults,
            wall=self._wall,
            network=self._network,
            devices=self._devices,
            policies=EmbeddedGate(bundle_of(site)),
            history=self.history,
            seed=seed,
            sabotage=simulation.sabotage,
        )
        self._life: Life | None = None
        self._folder = folder

    async def live(self) -> History:
        """Run all of it, then read the journal."""
        beside = [asyncio.ensure_future(one) for one in (self._set_the_clock(), self._ask(), self._sample())]
        try:
            await self._live_and_die()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        self._end(self._life.clock.now_ns() if self._life else 0)
        return self.history

    async def _live_and_die(self) -> None:
        """Keep a gateway alive between the faults that end it."""
        self._life = Life(self._ports, number=0)
        for fault in [fault for fault in self._simulation.faults if fault.kind in ENDS_THE_GATEWAY]:
            if fault.onset_s > asyncio.get_running_loop().time():
                await self._life.until(fault.onset_s)
                await self._life.die()
                number, self._life = self._life.number + 1, None
                await _sleep_until(fault.end_s)
                self._life = await self._born(number)
        await self._life.until(self._simulation.seconds)
        await self._life.end()

    async def _born(self, number: int) -> Life:
        """Start a gateway again; where the disk does not let it, try again as its supervisor would."""
        while (life := Life.attempt(self._ports, number)) is None:  # noqa: ASYNC110 - a supervisor tries again
            await asyncio.sleep(2.0)
        return life

    async def _set_the_clock(self) -> None:
        """Do to the wall clock what the faults say."""
        for at_s, fault, begins in sorted(_moments(self._simulation.faults), key=lambda one: one[0]):
            await _sleep_until(at_s)
            match fault.kind, begins:
                case Kind.CLOCK_STEP | Kind.CLOCK_LEAP, True:
                    self._wall.step(fault.amount, true_ns())
                case Kind.CLOCK_FROZEN, True:
                    self._wall.freeze(true_ns())
                case Kind.CLOCK_FROZEN, False:
                    self._wall.thaw()
                case Kind.CLOCK_LOST, _:
                    self._wall.is_synchronised = not begins

    async def _ask(self) -> None:
        """Ask for breaker operations and set-points, as a person would, now and then."""
        while asyncio.get_running_loop().time() < self._simulation.seconds - QUIET_S:
            await asyncio.sleep(self._dice.uniform(0.5, 2 * ASKS_S))
            life = self._life
            if life is not None:
                point, value, stands_s = self._wish(life)
                life.kernel.inbox.request(_request(point, value, life.clock.now_ns(), stands_s))
                self.history.asked_pulses += point in {OPEN, CLOSE}

    def _wish(self, life: Life) -> tuple[str, float, float]:
        """Return a point, a value and for how long it is wanted."""
        if self._dice.random() < 0.3:
            point = self._dice.choice((REVERTING, KEEPING))
            return point, self._dice.choice((-5000.0, -250.0, 150.0, 450.0, 5000.0)), 90.0
        image = life.kernel.state.image
        position = image.value[self._site.row[POSITION]]
        return (OPEN if position == 2.0 else CLOSE), 1.0, 20.0

    async def _sample(self) -> None:
        """Look at the set-points on the devices a moment before every tick."""
        for tick in range(1, math.ceil(self._simulation.seconds / TICK_S)):
            await _sleep_until(tick * TICK_S - 0.1)
            for point, device in ((REVERTING, "inverter1"), (KEEPING, "inverter2")):
                self.history.samples.append(self._look(point, self._devices[device]))

    def _look(self, point: str, device: FaultyDevice) -> Sample:
        life = self._life
        high, low = device.look(*_SETPOINT, true_ns())
        raw = high << 16 | low
        return Sample(
            at_s=round(asyncio.get_running_loop().time(), 6),
            point=point,
            value=(raw - (1 << 32) if raw >= 1 << 31 else raw) * 0.1,
            owners=() if life is None else life.owners(point),
            can_act=life is not None and device.is_well() and self._network.is_well(device.name),
        )

    def _end(self, ended_ns: int) -> None:
        """Ask the devices, and read the journal as anybody could."""
        history = self.history
        history.executed = {name: device.journal for name, device in self._devices.items()}
        journal = CommandJournal(self._ports.journal_path, read_only=True)
        history.entries = tuple(journal.entries())
        last = f"s{history.lives - 1}-"
        history.open_at_end = tuple(
            command.id
            for command in journal.open_commands()
            if not command.id.startswith(last) or command.issued_at_ns < ended_ns - ENDS_NS
        )
        journal.close()


def _devices(faults: Faults, seed: int) -> dict[str, FaultyDevice]:
    """Make the devices of the small site, each with its faults and its part of the world."""
    site = small_site()
    made = {}
    for device in site.devices:
        asset = site.asset[device.asset]

        def make(device=device, asset=asset) -> Bank:  # type: ignore[no-untyped-def]  # noqa: ANN001
            bank = make_bank(device, asset)
            return TimerOff(bank) if device.name == "inverter2" else bank

        made[device.name] = FaultyDevice(
            device.name,
            make,
            faults,
            seed=seed,
            numbers_writes=device.name.startswith("inverter"),
            world=lambda now_ns: _demand(seed, now_ns),
        )
    return made


def _demand(seed: int, now_ns: int) -> Mapping[str, float]:
    """Return what the meter would measure at a true time: waves and steps, by seed."""
    minutes = now_ns / (60 * NANOSECONDS)
    wave_kw = 500.0 * math.sin(minutes / 7.0 + seed) + 150.0 * math.sin(minutes * 3.1 + 2 * seed)
    power_kw = 600.0 + wave_kw + (400.0 if int(minutes) % 9 == seed % 9 else 0.0)
    current_a = abs(power_kw) / (20.0 * math.sqrt(3))
    return {"active_power": power_kw, "reactive_power": 50.0, "voltage": 20.0, "current": current_a}


def _moments(faults: tuple[Injected, ...]) -> list[tuple[float, Injected, bool]]:
    return [
        moment
        for fault in faults
        if fault.kind.value.startswith(("clock", "leap"))
        for moment in ((fault.onset_s, fault, True), (fault.end_s, fault, False))
    ]


def _request(point: str, value: float, now_ns: int, stands_s: float) -> Proposal:
    return Proposal(
        agent="person:simulated",
        point=point,
        priority=Priority.PERSON,
        wanted=value,
        reason="asked for",
        made_at_ns=now_ns,
        expires_at_ns=now_ns + round(stands_s * NANOSECONDS),
        once=point in {OPEN, CLOSE},
    )


async def _sleep_until(at_s: float) -> None:
    left_s = at_s - asyncio.get_running_loop().time()
    if left_s > 0:
        await asyncio.sleep(left_s)

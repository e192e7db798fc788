"""A run under the virtual clock: the whole substation in one process, as fast as it computes.

The same gateway code, devices and policies as in the field; only the wires are missing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from aios.folder import Folder
from aios.gateway.agents import crew_of, loops_of
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.gateway.past import past_of
from aios.virtual.bad_wire import BadWire
from aios.virtual.divertible import open_divertible
from aios.virtual.prepare import copy_history, prepare_history
from aios.virtual.shifted_clock import ShiftedClock
from drivers.modbus.direct import DirectLink
from edge.desk import open_orders
from kernel.instruction import Unfit
from kernel.pipe.requests import wish
from kernel.point import NANOSECONDS
from kernel.ports import Agent
from kernel.proposal import Proposal
from kernel.request import Requested, RequestStage
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import TickListener, step_buses
from kernel.shell.worker import InlineWorkers
from kernel.site import Device, Site
from policies.changing import ChangingGate
from policies.embedded import EmbeddedGate
from simulators.devices.bank import Bank
from simulators.faults.bytes import devices_with_bad_wires, wire_condition
from simulators.faults.device import clock_shift_s
from simulators.faults.kinds import FaultKind
from simulators.field.plant import Plant, build_plant
from simulators.scenario import PlannedRequest, Scenario, ScenarioInvalid, silent_devices

REQUEST_STANDS_S: Final = 600.0
"""What a scenario asks for stands for this time, operational seconds."""


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """What two runs of one seed must have in common."""

    journal: str
    """Head of the command journal's chain."""
    ticks: str
    """Digest over the outputs of all ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualRun:
    """A substation and its gateway under one virtual clock."""

    scenario: Scenario
    plant: Plant
    clock: VirtualClock
    links: dict[str, DirectLink | BadWire]
    gateway: Assembly
    agents: tuple[Agent, ...] = ()
    """All that step in this run: on the loop, then in workers."""
    requests: list[PlannedRequest] = field(default_factory=list)
    clocks: tuple[ShiftedClock, ...] = ()
    """Devices whose clock goes wrong."""

    async def step(self) -> None:
        """Move the world to the next tick, or to an end before it, and let the gateway live it."""
        began_ns, base_ns = self.clock.now_ns(), round(self.gateway.site.base_tick_s * NANOSECONDS)
        is_last = began_ns < self.scenario.end_ns < began_ns + base_ns
        now_ns = self.scenario.end_ns if is_last else began_ns + base_ns
        await self.clock.sleep_until(now_ns)
        self.plant.world.hang_orders([order.asset for order in open_orders(self.gateway.kernel.state)])
        self.plant.world.advance(now_ns)
        self._disturb(now_ns)
        while self.requests and self.requests[0].at_ns <= now_ns:
            self.gateway.kernel.inbox.request(_wish(self.requests.pop(0), self.gateway.site, now_ns))
        await step_buses(self.gateway.buses)
        await self.gateway.kernel.tick()

    def _disturb(self, now_ns: int) -> None:
        """Let wires and clocks be as the scenario has them."""
        silent, faults = silent_devices(self.scenario, now_ns), self.scenario.faults
        for name, link in self.links.items():
            if isinstance(link, BadWire):
                link.condition = wire_condition(faults, name, now_ns)
            else:
                link.silent = name in silent
        for clock in self.clocks:
            clock.ahead_s = clock_shift_s(faults, clock.name, now_ns)

    async def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Live through the scenario."""
        while self.clock.now_ns() < self.scenario.end_ns:
            await self.step()
            await asyncio.sleep(0)  # a loop that never turns never forgets the timers that were cancelled
            progress(self.clock.now_ns())

    def close(self) -> Digests:
        """End the gateway; return the digests of the run."""
        kernel, now_ns = self.gateway.kernel, self.clock.now_ns()
        kernel.shell.journal.note("closed", kernel.pipe.issuer.run, {"tick": kernel.state.tick}, at_ns=now_ns)
        digests = Digests(journal=kernel.shell.journal.head, ticks=kernel.shell.recorder.digest)
        kernel.close()
        self.gateway.close()
        return digests


def prepare(  # what a virtual run is made of
    site: Site,
    text: str,
    scenario: Scenario,
    root: Path,
    *,
    listeners: tuple[TickListener, ...] = (),
    counterfactual: bool = True,
    history: Path | None = None,
) -> VirtualRun:
    """Build a virtual run in a fresh folder, with the history that the scenario gives its gateway.

    Args:
        site: its own noun.
        text: of the site file; the journal keeps it.
        scenario: of the world.
        root: a fresh folder.
        listeners: that hear every tick besides the desk and the outbox.
        counterfactual: whether the world also lives without control, for its truth.
        history: file with the history that a run of the same scenario was given; None to make it.
    """
    folder, clock = Folder(root=root), VirtualClock(start_ns=scenario.start_ns)
    root.mkdir(parents=True, exist_ok=True)
    plant = build_plant(site, scenario, counterfactual=counterfactual)
    if history is None:
        prepare_history(site, root, scenario)
    else:
        copy_history(history, root)
    links = {device.name: _link(device, bank, clock, scenario) for device, bank in plant.banks.items()}
    crew, loops = crew_of(site), loops_of(site)
    around = Surroundings(
        clock=clock,
        gate=ChangingGate(EmbeddedGate(bundle_of(site))),
        workers=InlineWorkers(crew, past_of(site, root, clock.now_ns()), clock),
        link=links.__getitem__,
        threaded=False,
        durable=False,
        open_journal=open_divertible,
        run=run_name(site, scenario),
        loops=lambda _: loops,
    )
    gateway = assemble(site, text, folder, around, listeners)
    return VirtualRun(
        scenario=scenario,
        plant=plant,
        clock=clock,
        links=links,
        gateway=gateway,
        agents=(*(loop.agent for loop in loops if not loop.in_worker), *crew.values()),
        requests=list(scenario.requests),
        clocks=_clocks(gateway, scenario),
    )


def _link(device: Device, bank: Bank, clock: VirtualClock, scenario: Scenario) -> DirectLink | BadWire:
    """Make the link to a device; one with a bad wire carries bytes, so that they can suffer."""
    direct = DirectLink(bank, clock, unit=device.unit)
    if device.name not in devices_with_bad_wires(scenario.faults, silent=False):
        return direct
    seed = f"{scenario.seed}/{device.name}"
    return BadWire(direct, unit=device.unit, timeout_s=device.timeout_s, seed=seed)


def _clocks(gateway: Assembly, scenario: Scenario) -> tuple[ShiftedClock, ...]:
    """Put a clock that goes wrong before the driver of each device that has one."""
    wrong = {fault.target for fault in scenario.faults if fault.kind is FaultKind.CLOCK_SHIFT}
    clocks = []
    for bus in gateway.buses:
        if bus.driver.name in wrong:
            clock = ShiftedClock(bus.driver)
            bus.driver = clock
            clocks.append(clock)
    return tuple(clocks)


def run_name(site: Site, scenario: Scenario) -> str:
    """Name a virtual run by its site and seed: the same run has the same name everywhere."""
    seed = f"{site.digest}|{scenario.seed}|{scenario.start_ns}"
    return "v" + hashlib.sha256(seed.encode()).hexdigest()[:7]


def _wish(request: PlannedRequest, site: Site, now_ns: int) -> Proposal:
    """Make a planned request into a wish, in the place where every person's is made.

    Raises:
        ScenarioInvalid: the scenario asks for what nobody could ask for.
    """
    asked = Requested(
        key=f"scenario-{request.at_ns}-{request.point}",
        person=request.person,
        point=request.point,
        value=request.value,
        reason=request.reason,
        stage=RequestStage.TAKEN,
        at_ns=now_ns,
    )
    made = wish(site, asked, validity_s=REQUEST_STANDS_S, now_ns=now_ns)
    if isinstance(made, Unfit):
        raise ScenarioInvalid(f"request of {request.person} at {request.at}: {made.reason}")
    return made

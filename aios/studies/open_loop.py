"""A run without control: a batch of the solver where only profiles live on the grid, else the world."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from aios.studies.cell import Request, laid_out
from aios.studies.closed_loop import outcome
from aios.studies.gateway_ledger import faults_of
from aios.studies.ledger import GridLedger
from aios.studies.result import Digests, Measured, Outcome
from aios.studies.scenario_file import empty_site
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.appliances.demand import Demand
from simulators.appliances.placing import network_with
from simulators.couplings import NotCoupled
from simulators.equipment.make import equipment_parts
from simulators.faults.couplings import measured_by_device
from simulators.field.appliances import appliances_of
from simulators.field.plant import profiles_of
from simulators.networks.named import network_named
from simulators.networks.network import Network
from simulators.physics.course import Times
from simulators.physics.flows import Injections
from simulators.physics.open_loop import open_loop
from simulators.physics.solvers import solver_named, sound_solver
from simulators.physics.switching import Switching
from simulators.scenario import Scenario, scenario_of
from simulators.world import World

Progress = Callable[[float], None]


def run_open(request: Request, progress: Progress = lambda _: None) -> Outcome:
    """Run a scenario with nobody in control.

    Raises:
        ScenarioInvalid: the scenario cannot be read.
        UnknownProfile, UnknownLoad: network, profiles and consumers do not fit.
    """
    began = time.perf_counter()
    with laid_out(request.cell) as folder:
        site, scenario, network = _read(request, folder)
    grid, step_ns = GridLedger(network), round(request.cell.open_step_s * NANOSECONDS)
    counted: dict[str, float] = {}
    prepared = time.perf_counter() - began
    if _only_profiles(scenario, request):
        _batch(scenario, network, grid, step_ns, progress)
    else:
        seen = scenario if request.cell.lineage.site else _in_the_middle(scenario, step_ns)
        counted = _stepped(site, seen, network, grid, step_ns, progress)
    steps = (scenario.end_ns - scenario.start_ns) / step_ns
    took = time.perf_counter() - began
    measured = Measured(
        seconds=took, prepare_seconds=prepared, steps_per_second=steps / max(took - prepared, 1e-9)
    )
    return outcome(request, grid, counted, faults_of(scenario), measured, Digests(kpis=""))


def _read(request: Request, folder: Path) -> tuple[Site, Scenario, Network]:
    """Read a scenario without its site: what happens to devices happens to nobody."""
    site = msgspec.structs.replace(
        empty_site(request.cell.labels.scenario),
        simulation={**request.section, "seed": request.seed},
        folder=str(folder),
    )
    scenario = scenario_of(site)
    _, drawn = network_named(scenario.network, folder)
    network = network_with(drawn, scenario.placement)
    faults = []
    for fault in scenario.faults:
        try:
            measured_by_device(site, network, {}, (fault,))
        except NotCoupled:
            continue
        faults.append(fault)
    return site, msgspec.structs.replace(scenario, faults=tuple(faults)), network


def _only_profiles(scenario: Scenario, request: Request) -> bool:
    """Whether a batch says everything: nothing fails, and nobody asked to be compared with a gateway."""
    alone = scenario.equipment is None and not scenario.placement.appliances
    return alone and not scenario.faults and not request.cell.lineage.site


def _in_the_middle(scenario: Scenario, step_ns: int) -> Scenario:
    """Return a scenario whose profiles are looked up half a step ahead: in the middle of it, as a batch does.

    So that a run in which something fails is compared with one in which nothing does, and with nothing else.
    """
    return msgspec.structs.replace(scenario, profile_shift_ns=scenario.profile_shift_ns + step_ns // 2)


def _batch(scenario: Scenario, network: Network, grid: GridLedger, step_ns: int, progress: Progress) -> None:
    """Solve all steps, each with what is wanted in its middle: profiles are linear between their points."""
    demand = Demand(network, profiles_of(scenario), scenario.consumers)

    def wanted(begin_ns: Times) -> Injections:
        return demand.over(begin_ns + step_ns // 2)

    steps = (scenario.end_ns - scenario.start_ns) // step_ns
    done = 0
    for course in open_loop(
        sound_solver(network, scenario.solver),
        wanted,
        start_ns=scenario.start_ns,
        step_s=step_ns / NANOSECONDS,
        steps=steps,
        switching=Switching(open=network.open_at_start()),
    ):
        grid.enter(course)
        done += len(course)
        progress(done / steps)


def _stepped(  # what a run is made of
    site: Site, scenario: Scenario, network: Network, grid: GridLedger, step_ns: int, progress: Progress
) -> dict[str, float]:
    """Step the world; return what its parts counted."""
    world = World(
        site,
        network,
        profiles_of(scenario),
        {},
        seed=scenario.seed,
        start_ns=scenario.start_ns,
        faults=scenario.faults,
        consumers=scenario.consumers,
        appliances=appliances_of(scenario, network, {}),
        parts=equipment_parts(
            scenario.equipment, network, site=site, banks={}, seed=scenario.seed, faults=scenario.faults
        ),
        control=False,
        climate=scenario.climate,
        solver=solver_named(scenario.solver),
    )
    length_ns = scenario.end_ns - scenario.start_ns
    while world.now_ns < scenario.end_ns:
        world.advance(min(world.now_ns + step_ns, scenario.end_ns))
        for stretch in world.stretches:
            grid.live(stretch)
        progress((world.now_ns - scenario.start_ns) / length_ns)
    hottest = max(world.truth.hottest_c.values(), default=float("nan"))
    return {"hot_spot_max_c": hottest, **world.counted}

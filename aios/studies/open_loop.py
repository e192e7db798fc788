"""A run without control: the world of the scenario, in which nobody commands a device.

It is the very world that a gateway would find: devices, relays, regulators, faults, customers and events are
those of the site and its scenario. Where none of them is there, only profiles and consumers live on the grid,
and a batch of the solver says everything, the same numbers as step by step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from aios.site import site_of
from aios.studies.cell import Request, laid_out
from aios.studies.closed_loop import counted_of, outcome
from aios.studies.happened import faults_of, requests_of, weather_of
from aios.studies.ledger import GridLedger
from aios.studies.result import Digests, Measured, Outcome
from aios.studies.scenario_file import empty_site
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.appliances.demand import Demand
from simulators.field.plant import build_plant, network_of, profiles_of
from simulators.networks.network import Network
from simulators.physics.open_loop import open_loop
from simulators.physics.regulating import regulating
from simulators.physics.solvers import sound_solver
from simulators.physics.switching import Switching
from simulators.scenario import Scenario, scenario_of
from simulators.world import World

Progress = Callable[[float], None]
UNHEARD: Final = "nobody hears it: no gateway runs"
"""What stands behind the requests of people in a run that has no gateway."""


def run_open(request: Request, progress: Progress = lambda _: None, *, threads: int = 1) -> Outcome:
    """Run a scenario with nobody in control.

    Args:
        request: what to run.
        progress: hears which share of the scenario is over.
        threads: that may share the steps where all are solved at once; the result is the same for any number.

    Raises:
        ScenarioInvalid: the scenario cannot be read.
        NotCoupled, UnknownProfile, UnknownLoad: site, network, profiles, faults and consumers do not fit.
    """
    began = time.perf_counter()
    with laid_out(request.cell) as folder:
        site = _site(request, folder)
        scenario, step_ns = scenario_of(site), round(request.cell.open_step_s * NANOSECONDS)
        network = network_of(site, scenario)
        alone = _only_profiles(site, scenario, network)
        weather = weather_of(scenario)
        world = None if alone else build_plant(site, scenario, counterfactual=False).world
    grid, counted = GridLedger(network), dict[str, float]()
    prepared = time.perf_counter() - began
    if world is None:
        _batch(scenario, network, grid, step_ns, progress, threads)
    else:
        counted = _stepped(world, scenario, grid, step_ns, progress)
    steps = (scenario.end_ns - scenario.start_ns) / step_ns
    took = time.perf_counter() - began
    measured = Measured(
        seconds=took, prepare_seconds=prepared, steps_per_second=steps / max(took - prepared, 1e-9)
    )
    faults = faults_of(scenario.faults if world is None else world.faults)
    happenings = (*weather, *faults, *requests_of(scenario, answer=UNHEARD))
    return outcome(request, grid, counted, happenings, measured, Digests(kpis=""))


def _site(request: Request, folder: Path) -> Site:
    """Return the site whose devices stand in the world; one without anything where the scenario has none."""
    if request.cell.site:
        return site_of(request.site_text, folder=folder)
    empty = empty_site(request.cell.labels.scenario)
    simulation = {**request.section, "seed": request.seed}
    return msgspec.structs.replace(empty, simulation=simulation, folder=str(folder))


def _only_profiles(site: Site, scenario: Scenario, network: Network) -> bool:
    """Whether a batch says everything: nothing fails, regulates or heats, and no device feels the world."""
    still = not site.devices and not scenario.faults and not regulating(network)
    return still and scenario.equipment is None and not scenario.placement.appliances


def _batch(
    scenario: Scenario,
    network: Network,
    grid: GridLedger,
    step_ns: int,
    progress: Progress,
    threads: int,
) -> None:
    """Solve all steps at once; a rest that is no whole step is a shorter one."""
    length_ns, solver = scenario.end_ns - scenario.start_ns, sound_solver(network, scenario.solver)
    steps, rest_ns = divmod(length_ns, step_ns)
    demand = Demand(network, profiles_of(scenario), scenario.consumers)
    parts = ((scenario.start_ns, step_ns, steps), (scenario.end_ns - rest_ns, rest_ns, int(rest_ns > 0)))
    for begin_ns, each_ns, number in parts:
        for course in open_loop(
            solver,
            demand.over,
            start_ns=begin_ns,
            step_s=each_ns / NANOSECONDS,
            steps=number,
            switching=Switching(open=network.open_at_start()),
            threads=threads,
        ):
            grid.enter(course)
            progress((int(course.until_ns[-1]) - scenario.start_ns) / length_ns)


def _stepped(
    world: World, scenario: Scenario, grid: GridLedger, step_ns: int, progress: Progress
) -> dict[str, float]:
    """Step the world; return what its parts counted."""
    length_ns = scenario.end_ns - scenario.start_ns
    while world.now_ns < scenario.end_ns:
        world.advance(min(world.now_ns + step_ns, scenario.end_ns))
        for stretch in world.stretches:
            grid.live(stretch)
        progress((world.now_ns - scenario.start_ns) / length_ns)
    return counted_of(world)

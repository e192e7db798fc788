"""A run with control: the very gateway of the field, against its world, under the virtual clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from aios.folder import Folder
from aios.site import site_of
from aios.studies.cell import Request, laid_out
from aios.studies.gateway_ledger import GatewayLedger
from aios.studies.happened import faults_of, weather_of
from aios.studies.late import lateness
from aios.studies.ledger import GridLedger
from aios.studies.result import AlarmCount, Digests, Happening, Measured, Outcome, kpi_digest, result_of, told
from aios.virtual.run import VirtualRun, prepare
from simulators.scenario import scenario_of
from simulators.world import World

Progress = Callable[[float], None]
"""Hears which share of a run is done, 0 to 1."""
NONE: Final[Mapping[str, AlarmCount]] = MappingProxyType({})
TURN: Final = 64
"""Steps after which the event loop turns once: one that never turns never forgets cancelled timers."""


def run_closed(request: Request, root: Path, progress: Progress = lambda _: None) -> Outcome:
    """Run a site's gateway against its world; journal and history are left in the folder.

    Args:
        request: what to run.
        root: a fresh folder of the gateway.
        progress: told now and then.

    Raises:
        ScenarioInvalid, NotCoupled, SiteInvalid: the request cannot be run.
    """
    began = time.perf_counter()
    with laid_out(request.cell, Folder(root=root).site) as folder:
        text = request.site_text
        site = site_of(text, folder=folder)
        scenario = scenario_of(site)
        gateway, weather = GatewayLedger(site, scenario), weather_of(scenario)
        run = prepare(site, text, scenario, root, listeners=(gateway,), counterfactual=False)
        prepared = time.perf_counter() - began
        grid = GridLedger(run.plant.network)
        asyncio.run(_live(run, grid, progress))
        decision = run.gateway.kernel.statistics().get("decision")
        steps = run.gateway.kernel.state.tick + 1
        digests = run.close()
    counted = counted_in(run, gateway, scenario.end_ns)
    happenings = (*weather, *faults_of(run.plant.world.faults), *gateway.happenings())
    took = time.perf_counter() - began
    measured = Measured(
        seconds=took,
        prepare_seconds=prepared,
        steps_per_second=steps / max(took - prepared, 1e-9),
        decision_p99_ms=decision.p99_ms if decision else None,
    )
    return outcome(
        request,
        grid,
        counted,
        happenings,
        measured,
        Digests(kpis="", journal=digests.journal, ticks=digests.ticks),
        alarms=gateway.alarms(scenario.end_ns),
    )


def counted_in(run: VirtualRun, gateway: GatewayLedger, until_ns: int) -> dict[str, float]:
    """Return the KPIs of equipment and gateway until a moment."""
    world = run.plant.world
    return {
        **counted_of(world),
        **lateness(run.agents),
        **gateway.values(until_ns, world.faults),
    }


def counted_of(world: World) -> dict[str, float]:
    """Return the KPIs of what lives in a world: the hottest hot spot, and what its parts have counted."""
    return {"hot_spot_max_c": max(world.hottest_c.values(), default=float("nan")), **world.counted}


async def _live(run: VirtualRun, grid: GridLedger, progress: Progress) -> None:
    clock, world, scenario = run.clock, run.plant.world, run.scenario
    length_ns, step = scenario.end_ns - scenario.start_ns, 0
    while clock.now_ns() < scenario.end_ns:
        await run.step()
        for stretch in world.stretches:
            grid.live(stretch)
        step += 1
        if step % TURN == 0:
            await asyncio.sleep(0)
            progress((clock.now_ns() - scenario.start_ns) / length_ns)


def outcome(  # what a run is made of
    request: Request,
    grid: GridLedger,
    counted: dict[str, float],
    happenings: tuple[Happening, ...],
    measured: Measured,
    digests: Digests,
    *,
    alarms: Mapping[str, AlarmCount] = NONE,
) -> Outcome:
    """Put a finished run together."""
    values = grid.values()
    kpis, tables = told(values | counted), grid.tables()
    result = msgspec.structs.replace(
        result_of(request),
        kpis=kpis,
        unconverged_steps=int(values["unconverged_steps"]),
        unconverged_h=values["unconverged_h"],
        digests=Digests(kpis=kpi_digest(kpis, tables), journal=digests.journal, ticks=digests.ticks),
        happenings=happenings,
        alarms=dict(alarms),
    )
    return Outcome(result=result, measured=measured, tables=tables)

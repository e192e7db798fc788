"""Preparing a fresh gateway for a simulated site: the history that its scenario gives it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.historian.sqlite import SqliteHistorian
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.backfill import backfill
from simulators.field.appliances import feed_ins_before
from simulators.field.plant import network_of, profiles_of
from simulators.scenario import Scenario, scenario_of
from simulators.skies import skies_of

HISTORY: Final = "history.sqlite"


def prepare_history(site: Site, root: Path, scenario: Scenario | None = None) -> None:
    """Write the days before the scenario into the history, as if the gateway had been there.

    Args:
        site: whose points are kept.
        root: folder of its gateway.
        scenario: None for the one of the site file.
    """
    scenario = scenario or scenario_of(site)
    root.mkdir(parents=True, exist_ok=True)
    if scenario.history_days == 0:
        return
    network = network_of(site, scenario)
    past = backfill(
        profiles_of(scenario),
        network,
        scenario.start_ns,
        days=scenario.history_days,
        solver=scenario.solver,
        plants=feed_ins_before(scenario, network),
    )
    step_ns = past.step_s * NANOSECONDS
    ends = past.start_ns + step_ns * (1 + np.arange(past.values.shape[1], dtype=np.int64))
    historian = SqliteHistorian(root / HISTORY, site.points)
    for point, mean in zip(past.points, past.values, strict=True):
        solved = np.isfinite(mean)
        historian.record_means(point, step_s=float(past.step_s), end_ns=ends[solved], mean=mean[solved])
    for point, mean in _air(site, scenario, ends - step_ns // 2).items():
        historian.record_means(point, step_s=float(past.step_s), end_ns=ends, mean=mean)
    asyncio.run(historian.close())


def _air(site: Site, scenario: Scenario, at_ns: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the air temperatures at some moments for the points of them that a loop forecasts, degC."""
    forecast = {
        name
        for loop in site.loops
        if loop.kind == "load_forecast" and isinstance(points := loop.settings.get("points"), list)
        for name in points
    }
    wanted = [p.name for p in site.points if p.quantity == "ambient_temperature" and p.name in forecast]
    if not wanted:
        return {}
    skies = skies_of(scenario)
    air = np.array([skies.ambient_c(moment_ns) for moment_ns in at_ns.tolist()])
    return dict.fromkeys(wanted, air)


def copy_history(history: Path, root: Path) -> None:
    """Give a gateway the history that another run of the same scenario was given.

    Args:
        history: its file; it may be open, for nothing writes it while a run goes on.
        root: folder of the gateway.
    """
    root.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(history)) as there, closing(sqlite3.connect(root / HISTORY)) as here:
        there.backup(here)

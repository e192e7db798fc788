"""Preparing a fresh gateway for a simulated site: the history that its scenario gives it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from drivers.historian.sqlite import SqliteHistorian
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.backfill import backfill
from simulators.field.appliances import feed_ins_before
from simulators.field.plant import network_of, profiles_of
from simulators.scenario import Scenario, scenario_of

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
    asyncio.run(historian.close())


def copy_history(history: Path, root: Path) -> None:
    """Give a gateway the history that another run of the same scenario was given.

    Args:
        history: its file; it may be open, for nothing writes it while a run goes on.
        root: folder of the gateway.
    """
    root.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(history)) as there, closing(sqlite3.connect(root / HISTORY)) as here:
        there.backup(here)

"""Preparing a fresh gateway for a simulated site: the history that its scenario gives it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from drivers.historian.sqlite import SqliteHistorian
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.backfill import backfill
from simulators.networks.file import shipped
from simulators.profiles.load import load_profiles
from simulators.scenario import scenario_of


def prepare_history(site: Site, root: Path) -> None:
    """Write the days before the scenario into the history, as if the gateway had been there."""
    scenario = scenario_of(site)
    root.mkdir(parents=True, exist_ok=True)
    past = backfill(load_profiles(), shipped(scenario.network), scenario.start_ns, days=scenario.history_days)
    step_ns = past.step_s * NANOSECONDS
    ends = past.start_ns + step_ns * (1 + np.arange(past.values.shape[1], dtype=np.int64))
    historian = SqliteHistorian(root / "history.sqlite", site.points)
    for point, mean in zip(past.points, past.values, strict=True):
        solved = np.isfinite(mean)
        historian.record_means(point, step_s=float(past.step_s), end_ns=ends[solved], mean=mean[solved])
    asyncio.run(historian.close())

"""Measuring what a step of an agent costs here, so that a study can declare it."""

from __future__ import annotations

import asyncio
import math
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aios.site import site_of
from aios.studies.cell import Cell, Request, laid_out
from aios.studies.late import LateAgent
from aios.studies.study_file import Thinks
from aios.virtual.run import prepare
from simulators.scenario import scenario_of

STEPS: Final = 120
"""Steps that are measured."""
_LEAST_S: Final = 1e-6


class NotMeasured(LookupError):
    """An agent did not step, so nobody knows what it costs."""


def measured_cost(cell: Cell, agent: str) -> Thinks:
    """Run a cell for a while and measure the steps of an agent, real seconds.

    Args:
        cell: in which the agent is declared to think for no time.
        agent: its name.

    Returns:
        Median and spread, to two digits: more would only be this afternoon's.

    Raises:
        NotMeasured: the agent did not step.
    """
    request = Request(cell=cell, replicate=0, seed=1)
    with TemporaryDirectory(prefix="aios-measure-") as root, laid_out(cell) as folder:
        site = site_of(request.site_text, folder=folder)
        run = prepare(
            site, request.site_text, scenario_of(site), Path(root) / "gateway", counterfactual=False
        )
        found = [one for one in run.agents if isinstance(one, LateAgent) and one.name == agent]

        async def live() -> None:
            for _ in range(STEPS):
                await run.step()

        asyncio.run(live())
        run.close()
    took = [max(seconds, _LEAST_S) for one in found for seconds in one.took_s]
    if not took:
        raise NotMeasured(f"{agent} did not step within {STEPS} ticks: declare what it costs")
    logs = [math.log(seconds) for seconds in took]
    return Thinks(
        cost_s=float(f"{statistics.median(took):.2g}"), spread=float(f"{statistics.pstdev(logs):.2g}")
    )

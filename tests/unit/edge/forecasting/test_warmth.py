"""Nothing compiles inside a step: what an agent of a worker runs is compiled as it starts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numba import config, njit
from numpy.typing import NDArray

from aios.gateway.agents import crew_of
from aios.site import site_of
from aios.testing.views import scenes
from edge.forecasting.compiled import compilations
from kernel.measurement import Values
from kernel.point import NANOSECONDS
from kernel.site import Site
from tests.contract.test_agents import CALM

BEGIN_NS = 1_800_000_000 * NANOSECONDS


class DailyPast:
    """Ninety days that all look alike, with a few holes."""

    now_ns = BEGIN_NS

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[Values, NDArray[np.bool_]]:
        day = 5000.0 + 1000.0 * np.sin(np.arange(count) / 96.0 * 2.0 * np.pi)
        valid = np.ones((len(points), count), dtype=np.bool_)
        valid[:, ::211] = False
        return np.tile(day, (len(points), 1)), valid


@pytest.fixture(scope="module")
def nord() -> Site:
    return site_of((files("aios") / "sites" / "nord.toml").read_text(), folder=Path())


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled without the compiler")
def test_no_agent_of_a_worker_compiles_anything_in_its_steps(nord: Site) -> None:
    for name, agent in crew_of(nord).items():
        state = agent.start(DailyPast())
        before, rungs = compilations(), set()
        for scene in scenes(agent, CALM, begin_ns=BEGIN_NS)[:6]:
            step = agent.step(scene.view, state)
            state = step.state
            rungs.add(step.rung)
        assert compilations() == before, name
        assert rungs, name


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled without the compiler")
def test_a_compilation_is_counted() -> None:
    before = compilations()
    njit(lambda number: number + 1)(1)
    assert compilations() > before


HEAVY = ("numba", "sklearn", "scipy", "river", "psycopg", "power_grid_model", "fastapi")
LOOK = f"""
import sys
from pathlib import Path
import aios.cli, aios.gateway.live
from aios.gateway.agents import loops_of
from aios.cli.files import site_path
from aios.site import load_site
loops_of(load_site(site_path(Path("nord"))))
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_gateway_carries_neither_compiler_nor_learning_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

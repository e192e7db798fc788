"""The live gateway: what a step in a worker may take, and whom its historian ends with."""

from __future__ import annotations

import os
from pathlib import Path

import aios
from aios.folder import Folder
from aios.gateway.life import historian_command
from aios.gateway.workers import SHORTEST_ALLOWED_S, worker_plans
from aios.site import load_site
from kernel.schedule.loop import ON_THE_LOOP
from tests.unit.kernel.crew import build

NORD = Path(aios.__file__).parent / "sites" / "nord.toml"


def test_the_slow_loops_of_a_site_are_spread_over_its_worker_processes() -> None:
    site = load_site(NORD)
    slow = {loop.agent for loop in site.loops if loop.priority not in ON_THE_LOOP}
    (plan,) = worker_plans(site, build, 1440.0)
    assert {duty.agent for duty in plan.duties} == slow
    assert {duty.allowed_s for duty in plan.duties} == {SHORTEST_ALLOWED_S}


def test_a_historian_is_told_the_process_that_it_ends_with(tmp_path: Path) -> None:
    assert historian_command(NORD, Folder(root=tmp_path), tmp_path)[-2] == str(os.getpid())

"""The live gateway: what a step in a worker may take, and whom its historian ends with."""

from __future__ import annotations

import os
from pathlib import Path

import aios
from aios.folder import Folder
from aios.live import SHORTEST_ALLOWED_S, allowed_s, historian_command
from aios.site import load_site

NORD = Path(aios.__file__).parent / "sites" / "nord.toml"


def test_a_step_may_take_its_deadline_in_real_seconds_and_never_less_than_a_busy_machine_needs() -> None:
    site = load_site(NORD)
    deadlines = {loop.agent: loop.deadline_s for loop in site.loops}
    slowest = max(deadlines, key=lambda agent: deadlines[agent])
    assert set(allowed_s(site, 1440.0).values()) == {SHORTEST_ALLOWED_S}
    factor = deadlines[slowest] / (3 * SHORTEST_ALLOWED_S)
    assert allowed_s(site, factor)[slowest] == 3 * SHORTEST_ALLOWED_S


def test_a_historian_is_told_the_process_that_it_ends_with(tmp_path: Path) -> None:
    assert historian_command(NORD, Folder(root=tmp_path))[-1] == str(os.getpid())

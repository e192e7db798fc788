"""The desk answers a page without holding up a tick, and what it says is of one tick."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge import desk as desks
from edge.desk import Desk, Face
from tests.unit.kernel.shell.test_kernel import Plant


async def test_ticks_go_on_while_a_snapshot_is_made_and_its_points_are_all_of_one_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "SLICE", 1)
    plant = Plant(tmp_path)
    desk = Desk(Face(site=plant.site, version="0", revision="test", rules=()), {})
    await plant.run(2, meter=80.0)
    at_once, ticks = desk.snapshot(plant.kernel), 0
    looking = asyncio.create_task(desk.snapshot_beside(plant.kernel))
    await asyncio.sleep(0)
    while not looking.done():
        await plant.run(1, meter=20.0 + ticks)
        ticks += 1
        await asyncio.sleep(0)
    beside = looking.result()
    plant.kernel.close()
    assert ticks >= len(plant.site.points)
    assert (beside.tick, beside.points, beside.rungs) == (at_once.tick, at_once.points, at_once.rungs)
    assert beside.points != desk.snapshot(plant.kernel).points

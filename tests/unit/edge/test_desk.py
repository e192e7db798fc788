"""The desk answers a page without holding up a tick, and what it says is of one tick."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.control_room.views.value import Value, find, value_of
from edge import desk as desks
from edge.desk import Desk, Face
from kernel.command import Command
from kernel.shell.wire import PointState, Snapshot
from kernel.testing import FakeGate
from kernel.verdict import Allow, Clamp, Verdict
from tests.unit.kernel.conftest import METER, S
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


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.kernel.close()


def desk_of(plant: Plant) -> Desk:
    return Desk(Face(site=plant.site, version="0", revision="test", rules=()), {})


def shown(shot: Snapshot, point: str) -> tuple[PointState, Value]:
    state = find(shot, point)
    assert state is not None
    return state, value_of(state, shot.now_ns)


@pytest.mark.parametrize("asked", ["at once", "beside the tick"])
async def test_ages_run_on_and_values_turn_old_while_no_tick_comes(plant: Plant, asked: str) -> None:
    desk = desk_of(plant)
    await plant.run(2, meter=80.0)
    fresh, before = shown(desk.snapshot(plant.kernel), METER)
    await plant.clock.sleep_until(plant.clock.now_ns() + 30 * S)
    shot = (
        await desk.snapshot_beside(plant.kernel)
        if asked == "beside the tick"
        else desk.snapshot(plant.kernel)
    )
    frozen, after = shown(shot, METER)
    assert (before.age, before.good, before.quality) == ("0 s", True, "good")
    assert (after.age, after.good, after.quality) == ("30 s", False, "questionable (old)")
    assert after.at_ms == before.at_ms, "the moment a value is about does not move"
    assert frozen.value == fresh.value


async def test_a_value_is_old_only_past_the_age_that_its_point_declares(plant: Plant) -> None:
    desk = desk_of(plant)
    await plant.run(1, meter=80.0)
    read_ns = plant.clock.now_ns()
    for waited_ns, quality in ((3 * S, "good"), (3 * S + 1, "questionable (old)")):
        await plant.clock.sleep_until(read_ns + waited_ns)
        assert shown(desk.snapshot(plant.kernel), METER)[0].words == quality


async def test_a_point_that_was_never_read_has_no_time(plant: Plant) -> None:
    state, value = shown(desk_of(plant).snapshot(plant.kernel), METER)
    assert (state.at_ns, state.words) == (None, "invalid (old)")
    assert (value.at_ms, value.age, value.text) == (None, "never read", "no value")


async def test_a_command_that_policy_bounded_says_clamp_with_rule_and_reason(plant: Plant) -> None:
    def most(command: Command) -> Verdict:
        if command.value > 20.0:
            return Clamp(rule="most", reason="too much", revision="test", high=20.0)
        return Allow(revision="test")

    object.__setattr__(plant.kernel.shell, "gate", FakeGate(answer=most))
    desk = desk_of(plant)
    object.__setattr__(plant.kernel.shell, "listeners", (desk,))
    await plant.run(1, meter=65.0)
    await plant.run(1, meter=80.0)
    shot = desk.snapshot(plant.kernel)
    said = [(c.value, c.verdict, c.rule, c.reason) for c in reversed(shot.commands)]
    assert said == [(15.0, "allow", "", "above limit"), (20.0, "clamp", "most", "too much")]

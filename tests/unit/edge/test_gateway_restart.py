"""What people told a gateway that was killed: modes hold, values of persons end, `safe` goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.instruction import HandBack, Instruction, Mode, Override, PointMode
from kernel.journal.in_force import InForce, in_force
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S
from tests.unit.kernel.shell.test_kernel import Plant

WHO = {"person": "m.jansen", "reason": "storm"}


def mode(point: str, kind: Mode, until_ns: int = 0) -> PointMode:
    return PointMode(key=f"m{point}{kind}", point=point, mode=kind, until_ns=until_ns, **WHO)


def override(key: str, value: float | None, until_ns: int = 5000 * S) -> Override:
    return Override(key=key, pattern="bat/*", value=value, until_ns=until_ns, **WHO)


@pytest.fixture
async def plant(tmp_path: Path):
    made = Plant(tmp_path)
    yield made
    made.kernel.close()


async def after(plant: Plant, *told: Instruction, ticks: int = 1) -> InForce:
    for one in told:
        plant.kernel.inbox.instruct(one)
        await plant.run(1, meter=80.0)
    await plant.run(ticks)
    return in_force(plant.journal.told(), now_ns=plant.clock.now_ns())


async def test_modes_hold_through_a_restart(plant: Plant) -> None:
    held = await after(plant, mode(METER, Mode.BLOCKED), mode(BATTERY, Mode.LOCAL), mode(METER, Mode.NORMAL))
    assert (set(held.modes), held.ended) == ({BATTERY}, ())


async def test_a_mode_whose_time_ran_out_while_nobody_looked_is_over(plant: Plant) -> None:
    await after(plant, mode(BATTERY, Mode.LOCAL, until_ns=1010 * S))
    held = in_force(plant.journal.told(), now_ns=1010 * S)
    assert (dict(held.modes), [one.key for one in held.ended]) == ({}, [f"m{BATTERY}local"])


async def test_a_mode_that_lapsed_in_the_run_is_over(plant: Plant) -> None:
    held = await after(plant, mode(BATTERY, Mode.LOCAL, until_ns=1003 * S), ticks=5)
    assert held == InForce()


async def test_an_override_to_a_value_ends_with_the_run_and_one_to_safe_goes_on(plant: Plant) -> None:
    held = await after(plant, override("o1", 12.0), override("o2", None))
    assert (list(held.overrides), [one.key for one in held.ended]) == (["o2"], ["o1"])


async def test_what_was_handed_back_or_refused_does_not_come_back(plant: Plant) -> None:
    back = HandBack(key="h", override="o2", **WHO)
    held = await after(plant, override("o2", None), back, mode(METER, Mode.LOCAL), override("o3", 1e9))
    assert held == InForce()


async def test_the_next_run_begins_with_what_holds(plant: Plant) -> None:
    held = await after(plant, mode(BATTERY, Mode.LOCAL))
    state = plant.pipe.begin(
        EmptyPast(),
        now_ns=plant.clock.now_ns(),
        before=plant.journal.last_setpoints(),
        modes=held.modes | {"gone/point": mode("gone/point", Mode.TEST)},
    )
    assert list(state.modes) == [BATTERY]


async def test_a_command_in_test_is_journalled_and_never_reaches_the_driver(plant: Plant) -> None:
    await after(plant, mode(BATTERY, Mode.TEST), ticks=6)
    assert plant.driver.writes == []
    assert [(r.outcome.value, r.detail) for r in plant.receipts()] == [
        ("expired", "its point is in test: journalled, not sent")
    ]
    await after(plant, mode(BATTERY, Mode.NORMAL), ticks=3)
    assert [command.value for command in plant.driver.writes] == [30.0]

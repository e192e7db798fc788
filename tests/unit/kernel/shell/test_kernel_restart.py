"""A gateway that comes back takes up what it left: open commands, and the values that stand on devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.command import Outcome
from kernel.point import OnLoss
from kernel.quality import INVALID
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, make_pipe, make_site
from tests.unit.kernel.journal.entries import command
from tests.unit.kernel.shell.test_kernel import Plant


async def left_standing(folder: Path) -> None:
    before = Plant(folder)
    await before.run(4, meter=80.0)
    assert [r.outcome for r in before.receipts()] == [Outcome.DONE]
    before.kernel.close()


async def test_a_set_point_that_stands_from_a_run_before_goes_safe_when_nobody_wants_it(
    tmp_path: Path,
) -> None:
    await left_standing(tmp_path)
    after = Plant(tmp_path, run="r2", start_ns=2000 * S)
    after.driver.values[BATTERY] = 30.0
    after.driver.quality[METER] = INVALID
    await after.run(3)
    assert [(c.authority, c.value) for c in after.driver.writes] == [("safe_set", 0.0)]
    assert after.driver.values[BATTERY] == 0.0
    after.kernel.close()


async def test_a_set_point_that_stands_from_a_run_before_is_decided_anew_when_somebody_wants_it(
    tmp_path: Path,
) -> None:
    await left_standing(tmp_path)
    after = Plant(tmp_path, run="r2", start_ns=2000 * S)
    after.driver.values[BATTERY] = 30.0
    await after.run(3, meter=90.0)
    assert [(c.authority, c.value) for c in after.driver.writes] == [("gate", 40.0)]
    after.kernel.close()


async def test_a_safe_value_that_was_read_back_needs_no_owner_after_a_restart(tmp_path: Path) -> None:
    before = Plant(tmp_path)
    before.gate.failure = "gone"
    await before.run(4, meter=80.0)
    assert before.journal.last_setpoints() == {}
    before.kernel.close()


@pytest.mark.parametrize("on_loss", [OnLoss.HOLD, OnLoss.LET_REVERT])
def test_a_value_that_the_device_keeps_or_reverts_itself_is_not_taken_up(on_loss: OnLoss) -> None:
    pipe = make_pipe(make_site(on_loss=on_loss))
    state = pipe.begin(EmptyPast(), now_ns=S, before={BATTERY: command("c", BATTERY)})
    assert state.postures == {}


async def test_a_command_left_open_has_its_time_from_the_first_tick_on(
    tmp_path: Path, closing: Callable[[Plant], Plant]
) -> None:
    before = Plant(tmp_path)
    await before.run(1, meter=80.0)
    before.journal.close()
    before.recorder.close()
    after = closing(Plant(tmp_path, run="r2", start_ns=2000 * S))
    await after.clock.sleep_until(2060 * S)  # workers and gate take their time before the first tick
    after.driver.values[BATTERY] = 30.0
    after.driver.quality[BATTERY] = INVALID
    await after.run(1, meter=80.0)
    after.driver.quality[BATTERY] = 0
    await after.run(2, meter=80.0)
    assert after.receipts()[0].outcome is Outcome.DONE


@pytest.fixture
def closing() -> Callable[[Plant], Plant]:
    made: list[Plant] = []

    def keep(plant: Plant) -> Plant:
        made.append(plant)
        return plant

    yield keep
    for plant in made:
        plant.kernel.close()

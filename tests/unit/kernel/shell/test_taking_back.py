"""What waits at its bus is not written once its point is operated by people, whatever had permitted it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.command import Outcome
from kernel.instruction import Mode, PointMode
from kernel.proposal import Priority, Proposal
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S
from tests.unit.kernel.shell.test_kernel import Plant


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.kernel.close()


def mode(point: str, kind: Mode, value: float | None = None) -> PointMode:
    return PointMode(
        key=f"{point}-{kind.value}",
        person="m.jansen",
        reason="work on it",
        point=point,
        mode=kind,
        value=value,
    )


async def tick(plant: Plant, *, sends: bool = False, **values: float) -> None:
    """One tick with fresh readings; the bus writes before it only where it `sends`."""
    plant.driver.values.update({METER: values.get("meter", plant.driver.values[METER])})
    await plant.clock.sleep_until(plant.clock.now_ns() + S)
    if sends:
        await plant.bus.flush()
    await plant.bus.poll()
    await plant.kernel.tick()


async def queued(plant: Plant) -> None:
    """Let a set-point wait at its bus."""
    await tick(plant, meter=80.0)
    assert next(queue.depth for queue in plant.bus.queues()) == 1
    assert plant.driver.writes == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (mode(BATTERY, Mode.LOCAL), "operated locally"),
        (mode(BATTERY, Mode.BLOCKED), "is in mode blocked"),
        (mode("bat/sequence", Mode.TEST), ""),
        (mode(BATTERY, Mode.SUBSTITUTED, 5.0), "is in mode substituted"),
        (mode(BATTERY, Mode.TEST), "is in mode test"),
    ],
    ids=["local", "blocked", "another point", "substituted", "test"],
)
async def test_a_queued_command_is_taken_back_when_its_point_is_not_commanded_any_more(
    plant: Plant, told: PointMode, why: str
) -> None:
    await queued(plant)
    plant.kernel.inbox.instruct(told)
    await tick(plant)
    await tick(plant, sends=True)
    await tick(plant, sends=True)
    if not why:
        assert [command.value for command in plant.driver.writes] == [30.0]
        return
    assert plant.driver.writes == []
    ended = plant.receipts()[0]
    assert ended.outcome is Outcome.EXPIRED
    assert "taken back, never sent" in ended.detail
    assert why in ended.detail


async def test_a_pulse_is_taken_back_too_and_not_made_up_for_afterwards(plant: Plant) -> None:
    await tick(plant)
    wish = Proposal(
        agent="person:p", point=BREAKER, priority=Priority.PERSON, wanted=1.0, reason="close it",
        made_at_ns=plant.clock.now_ns(), expires_at_ns=plant.clock.now_ns() + 60 * S, once=True, key="k",
    )  # fmt: skip
    assert plant.kernel.inbox.request(wish)
    await tick(plant)
    plant.kernel.inbox.instruct(mode(BREAKER, Mode.LOCAL))
    await tick(plant)
    plant.kernel.inbox.instruct(mode(BREAKER, Mode.NORMAL))
    for _ in range(3):
        await tick(plant, sends=True)
    assert [command for command in plant.driver.writes if command.point == BREAKER] == []


async def safe_value_queued(plant: Plant) -> None:
    """Let a safe value wait at its bus, because the gate has failed."""
    await queued(plant)
    for _ in range(2):
        await tick(plant, sends=True)
    plant.gate.failure = "panic"
    await tick(plant, meter=90.0)
    assert next(queue.depth for queue in plant.bus.queues()) == 1


async def test_a_local_point_is_not_even_made_safe(plant: Plant) -> None:
    await safe_value_queued(plant)
    plant.kernel.inbox.instruct(mode(BATTERY, Mode.LOCAL))
    await tick(plant)
    for _ in range(2):
        await tick(plant, sends=True)
    assert [(command.authority, command.value) for command in plant.driver.writes] == [("gate", 30.0)]


async def test_without_a_mode_the_safe_value_that_waits_is_written(plant: Plant) -> None:
    await safe_value_queued(plant)
    plant.kernel.inbox.instruct(mode(METER, Mode.BLOCKED))
    await tick(plant)
    await tick(plant, sends=True)
    assert [(command.authority, command.value) for command in plant.driver.writes][-1] == ("safe_set", 0.0)


async def test_a_command_that_is_on_the_wire_goes_on_to_its_end(plant: Plant) -> None:
    await queued(plant)
    await plant.bus.flush()
    plant.kernel.inbox.instruct(mode(BATTERY, Mode.LOCAL))
    for _ in range(3):
        await tick(plant)
    assert [receipt.outcome for receipt in plant.receipts()] == [Outcome.DONE]

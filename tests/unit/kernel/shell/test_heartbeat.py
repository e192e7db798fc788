"""A device's watchdog is fed by completed ticks alone; loss and return are told once each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.command import Transmission
from kernel.heartbeat import HeartbeatChange
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal
from kernel.shell.heartbeat import Heartbeats
from tests.unit.kernel.conftest import S
from tests.unit.kernel.shell.test_kernel import Plant

DOG = "bat/watchdog"


@pytest.fixture
def plant(tmp_path: Path) -> Any:
    """A plant whose battery has a watchdog register that counts 0, 1, 2."""
    made = Plant(tmp_path)
    site, kernel = made.site, made.kernel
    beat = Writing(low=0.0, high=2.0, safe_value=0.0, on_loss=OnLoss.HOLD, heartbeat_s=2.0)
    dog = Point(name=DOG, unit="1", writing=beat)
    with_dog = msgspec.structs.replace(site, points=(*site.points, dog))
    issuer = type(kernel.pipe.issuer)(site=with_dog, run="r", revision="test")
    made.driver.values[DOG], made.driver.quality[DOG] = 0.0, 0
    kernel._heartbeats = Heartbeats(issuer, {point.name: made.bus for point in with_dog.points})
    yield made
    kernel.close()


def beats(plant: Any) -> list[float]:
    return [c.value for c in plant.driver.writes if c.point == DOG]


def told(plant: Any) -> list[HeartbeatChange]:
    bodies = [e.body for e in plant.journal.entries() if e.kind == "heartbeat"]
    return [msgspec.json.decode(body, type=HeartbeatChange) for body in bodies]


async def test_a_heartbeat_counts_in_its_period_while_ticks_complete(plant: Any) -> None:
    await plant.run(12, meter=10.0)
    assert beats(plant) == [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]


async def test_no_tick_no_beat(plant: Any) -> None:
    await plant.run(3, meter=10.0)
    before = len(beats(plant))
    for _ in range(20):  # the bus lives on, the clock goes on, and no tick completes
        await plant.clock.sleep_until(plant.clock.now_ns() + S)
        await plant.bus.flush()
        await plant.bus.poll()
    assert len(beats(plant)) <= before + 1


async def test_a_tick_that_fails_feeds_no_watchdog(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await plant.run(2, meter=10.0)
    before = beats(plant)

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("the tick crashed")

    monkeypatch.setattr(plant.kernel.pipe, "conclude", broken)
    for _ in range(6):
        with pytest.raises(RuntimeError):
            await plant.run(1, meter=10.0)
    assert beats(plant) in (before, [*before, 1.0])


async def test_loss_and_return_are_journalled_once_each_and_beats_are_not(plant: Any) -> None:
    await plant.run(4, meter=10.0)
    plant.driver.answer = Transmission.NO_ANSWER
    await plant.run(10, meter=10.0)
    plant.driver.answer = Transmission.WRITTEN
    await plant.run(10, meter=10.0)
    assert [(one.point, bool(one.lost)) for one in told(plant)] == [(DOG, True), (DOG, False)]
    assert not [e for e in plant.journal.entries() if e.kind == "command" and DOG in e.body]


async def test_a_bus_that_is_away_keeps_the_latest_beat_and_says_that_it_is_lost(plant: Any) -> None:
    await plant.run(3, meter=10.0)
    written = len(beats(plant))
    for _ in range(12):
        await plant.clock.sleep_until(plant.clock.now_ns() + S)
        await plant.kernel.tick()  # the bus does not run
    assert [one.lost for one in told(plant)] == ["no beat has reached the wire"]
    await plant.bus.flush()
    assert len(beats(plant)) == written + 1


def test_nobody_else_writes_a_heartbeat() -> None:
    from kernel.pipe.agent_step import flaw
    from tests.unit.kernel.conftest import make_site

    site = make_site()
    beat = Writing(low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.HOLD, heartbeat_s=1.0)
    site = msgspec.structs.replace(site, points=(*site.points, Point(name=DOG, unit="1", writing=beat)))
    wish = Proposal(
        agent="a", point=DOG, priority=Priority.CONTROL, wanted=1.0, reason="r", made_at_ns=0, expires_at_ns=1
    )
    assert flaw(wish, site) == f"{DOG} is written by the kernel alone"

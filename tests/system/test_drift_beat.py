"""A feeder changes its character, the detector finds it, and the forecast steps down one rung."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aios.demo.stories import Stories
from kernel.ladder import Level
from kernel.shell.wire import Snapshot
from tests.system.virtual_nord import NORD, make_nord

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

DEPOT = re.compile(r"\[\[simulation\.consumer\]\].*?(?=\n\[\[)", re.DOTALL)
UNTIL_10, UNTIL_17 = 10 * 60, 17 * 60
"""Minutes of the day."""


def text(*, depot: bool) -> str:
    nord = NORD.read_text(encoding="utf-8")
    assert DEPOT.search(nord)
    return nord if depot else DEPOT.sub("", nord)


def agent(snapshot: Snapshot) -> str:
    return next(rung.rung for rung in snapshot.rungs if rung.agent == "forecast")


async def lived(nord, minutes: int) -> tuple[Snapshot, list[str]]:
    """Live for some minutes and listen as the demo does."""
    stories, told = Stories("Europe/Berlin"), []
    for _ in range(minutes // 5):
        await nord.step(5)
        told += stories.listen(nord.snapshot())
    return nord.snapshot(), told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def with_depot(folder: Path):
    nord = make_nord(folder, text(depot=True))
    yield nord
    nord.run.close()


@pytest.fixture
def without_depot(folder: Path):
    nord = make_nord(folder, text(depot=False))
    yield nord
    nord.run.close()


async def test_a_new_consumer_demotes_the_model_of_its_feeder_visibly_and_the_exit_brings_it_back(
    with_depot,
) -> None:
    missed = []
    for minutes in (3 * 60, 4 * 60 - 5, 50):
        await lived(with_depot, minutes)
        missed.append(with_depot.state.alarms["forecast_missed:f13/active_power"])
    assert [alarm.active for alarm in missed] == [True, True, False], "it stands until the depot is gone"
    assert "carries 89 % more than was foretold at 01:45" in missed[0].text
    shot, told = await lived(with_depot, UNTIL_10 - 7 * 60 - 45)
    assert agent(shot) == "previous_model"
    (condition,) = (c for c in shot.conditions if c.agent == "forecast")
    assert (condition.condition, condition.rung) == ("drift", "previous_model")
    assert "f13/active_power has left its forecast" in condition.words
    rungs = {f.point: (f.rung, f.model) for f in shot.forecasts}
    assert rungs["f13/active_power"][0] == "previous_model"
    assert rungs["f13/active_power"][1] != rungs["f12/active_power"][1]
    assert rungs["f12/active_power"][0] == "model"
    assert with_depot.value("forecast/rung") == Level.PREVIOUS_MODEL
    assert any("drift: forecast steps down to 'previous_model': f13" in line for line in told)
    shot, told = await lived(with_depot, UNTIL_17 - UNTIL_10)
    assert agent(shot) == "model"
    assert {f.rung for f in shot.forecasts} == {"model"}
    assert with_depot.value("forecast/rung") == Level.MODEL


async def test_without_the_new_consumer_nothing_drifts(without_depot) -> None:
    shot, told = await lived(without_depot, UNTIL_10)
    assert agent(shot) == "model"
    assert not any("drift" in line for line in told)

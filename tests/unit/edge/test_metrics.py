"""What a gateway counts is what happened, in Prometheus' own words, and every documented figure is there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aios.api.metrics import UP, exposition
from edge.desk import Desk, Face
from edge.gateway import Gateway
from edge.intake.intake import Intake
from edge.metric_families import FAMILIES, markdown
from edge.tally import Tally
from kernel.command import Transmission
from kernel.ladder import Level, Sighting
from kernel.pipe.tick import Inputs, Outputs
from kernel.shell.inbox import REQUESTS
from kernel.shell.wire import Branch, GetMetrics, HearCommand, Leaf, Metrics, Sample
from kernel.site import RemoteCommands
from tests.fakes.nord_alarms import alarm
from tests.unit.edge.test_bus_table import LINE
from tests.unit.kernel.conftest import S
from tests.unit.kernel.shell.test_kernel import Plant
from tests.unit.kernel.ticking import Line, close_breaker

ROOT = Path(__file__).parents[3]


class Door:
    """A gateway over a plant whose ticks its desk hears."""

    def __init__(self, folder: Path) -> None:
        site = Plant(folder / "site").site
        self.desk = Desk(Face(site=site, version="9", revision="test", rules=()), {})
        self.plant = Plant(folder / "plant", listeners=(self.desk,))
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), self.desk, folder / "s")

    async def figures(self) -> dict[tuple[str, str], float]:
        """By name and the value of the first label."""
        answer = await self.gateway._respond(GetMetrics())
        assert isinstance(answer, Metrics)
        return {(one.name, next(iter(one.labels.values()), "")): one.value for one in answer.samples}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path)
    yield made
    made.plant.kernel.close()


async def test_commands_are_counted_by_what_permitted_them_and_how_they_ended(door: Door) -> None:
    await door.plant.run(4, meter=95.0)
    told = await door.figures()
    assert told["aios_ticks_total", ""] == 4
    assert told["aios_commands_total", "gate"] == len(door.plant.driver.writes) > 0
    assert told["aios_commands_ended_total", "done"] == len(door.plant.receipts()) > 0
    assert told["aios_points", "good"] == len(door.plant.site.points)
    assert told["aios_commit_duration_seconds_count", ""] > 0
    assert told["aios_loop_runs_total", "shaver"] == 4
    assert told["aios_agent_rung", "shaver"] == 1


async def test_a_gate_that_fails_is_counted_once_each_time_it_goes_away(door: Door) -> None:
    await door.plant.run(2, meter=95.0)
    door.plant.gate.failure = "gone"
    await door.plant.run(3, meter=120.0)
    told = await door.figures()
    assert (told["aios_gate_up", ""], told["aios_gate_failures_total", ""]) == (0, 1)
    assert told["aios_decisions_refused_total", "failure"] >= 1


async def test_the_rung_of_an_agent_is_a_number_that_grows_on_the_way_down(door: Door) -> None:
    await door.plant.run(2, meter=95.0)
    assert (await door.figures())["aios_rung", "shaver"] == 0
    door.plant.kernel.inbox.sight(Sighting(agent="shaver", condition="overrun", words="too long"))
    await door.plant.run(1, meter=95.0)
    assert (await door.figures())["aios_rung", "shaver"] == Level.RULE
    text = next(family.help for family in FAMILIES if family.name == "aios_rung")
    assert all(f"{level.value} {level.word}" in text for level in Level)


async def test_every_blocking_of_the_event_loop_is_counted(door: Door) -> None:
    assert (await door.figures())["aios_event_loop_blocked_total", ""] == 0
    door.gateway._blocked("agent.py:12 step")
    door.gateway._blocked("agent.py:12 step")
    assert (await door.figures())["aios_event_loop_blocked_total", ""] == 2


async def test_an_unknown_outcome_is_counted(door: Door) -> None:
    door.plant.driver.answer = Transmission.REFUSED
    await door.plant.run(3, meter=95.0)
    assert (await door.figures())["aios_commands_ended_total", "refused"] >= 1


async def test_a_full_queue_counts_what_it_refused(door: Door) -> None:
    asked = close_breaker(Line())
    taken = [door.plant.kernel.inbox.request(asked) for _ in range(REQUESTS + 3)]
    told = await door.figures()
    assert taken.count(False) == 3
    assert told["aios_queue_depth", "requests"] == told["aios_queue_bound", "requests"] == REQUESTS
    assert told["aios_queue_dropped_total", "requests"] == 3


async def test_readings_that_nobody_fetched_in_time_are_counted(door: Door) -> None:
    for _ in range(11):
        await door.plant.bus.poll()
    told = await door.figures()
    assert told["aios_queue_depth", "readings all"] == told["aios_queue_bound", "readings all"] == 8
    assert told["aios_queue_dropped_total", "readings all"] == 3


async def test_every_family_of_the_table_has_a_figure_and_every_figure_a_family(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf = Leaf(name="bus", state="running", restart="permanent", restarts=2, uptime_s=1.0, why="")
    tree = Branch(name="gateway", strategy="one_for_one", intensity=1, period_s=1.0, children=(leaf,))
    monkeypatch.setattr(door.gateway, "tree", lambda: tree)
    await door.plant.run(2, meter=95.0)
    door.plant.gate.failure = "gone"
    door.plant.kernel.inbox.publish(alarm("nord", condition="canary"))
    await door.plant.run(2, meter=120.0)
    door.plant.kernel.outages.away("recorder", "tried")
    door.plant.bus.driver.line = lambda: LINE  # type: ignore[attr-defined]
    terms = RemoteCommands(keys="no such folder", senders=())
    door.gateway._intake = Intake(door.plant.kernel, door.gateway.door, terms)
    await door.gateway._respond(HearCommand(token="rubbish"))
    told_of_history = [family.name for family in FAMILIES if family.labels == ("sink",)]
    door.gateway.told = lambda: [Sample(name, 1.0, {"sink": "history"}) for name in told_of_history]
    answer = await door.gateway._respond(GetMetrics())
    assert isinstance(answer, Metrics)
    text = exposition(answer.samples).decode()
    told = {family.name for family in text_string_to_metric_families(text)}
    assert told == {family.name.removesuffix("_total") for family in (UP, *FAMILIES)}
    parsed = sum(len(family.samples) for family in text_string_to_metric_families(text))
    assert parsed == len(answer.samples) + 1


def test_a_gateway_that_does_not_answer_is_told_as_down() -> None:
    (family,) = text_string_to_metric_families(exposition((), up=False).decode())
    assert (family.name, [sample.value for sample in family.samples]) == ("aios_gateway_up", [0.0])


def test_a_figure_that_the_table_does_not_know_is_not_told() -> None:
    assert b"aios_strange" not in exposition([Sample("aios_strange", 1.0)])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_names_follow_the_rules_of_prometheus(family) -> None:
    assert re.fullmatch(r"aios_[a-z0-9]+(_[a-z0-9]+)*", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert not re.search(r"_(ms|us|ns|kb|mb|percent)(_|$)", family.name), "base units only"
    assert family.help.endswith(".")
    if family.kind == "summary":
        assert family.name.endswith("_seconds")
    assert all(re.fullmatch(r"[a-z_]+", label) for label in family.labels)


def test_the_documentation_holds_the_table_as_it_is() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert markdown() in text, "docs/metrics.md has another table than edge.metric_families.markdown() gives"
    named = set(re.findall(r"aios_[a-z0-9_]+", text))
    known = {family.name for family in (UP, *FAMILIES)}
    assert named <= known


def test_lateness_is_counted_once_a_multiple_and_missing_multiples_are_skipped() -> None:
    tally = Tally(1.0)
    for number, now_ns in enumerate((10 * S + 5, 11 * S + 7, 11 * S + 9, 15 * S)):
        tally.heard(Inputs(tick=number, now_ns=now_ns), Outputs(tick=number, now_ns=now_ns))
    assert (tally.late.statistics().runs, tally.skipped) == (3, 3)
    assert tally.late.total_ns == 12

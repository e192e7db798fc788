"""The canary: it goes the way of every alarm, again and again, and is counted nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge.alarms.canary import Canary
from edge.alarms.conditions import families
from edge.alarms.watch import AlarmWatch
from edge.desk import Desk, Face
from edge.gateway import Gateway
from edge.open_items import open_items
from kernel.alarm import Alarm, AlarmState
from kernel.instruction import AlarmAct, OnAlarm
from kernel.journal.encoding import state_of, state_record
from kernel.journal.recorder import Recording
from kernel.journal.replay import replay
from kernel.point import NANOSECONDS
from kernel.shell.wire import CanaryState, GetMetrics, Instruct, Metrics, Rejected
from kernel.site import Site
from tests.unit.kernel.conftest import make_site
from tests.unit.kernel.shell.test_kernel import Plant

EVERY_S = 30.0
HALF_S = int(EVERY_S / 2)


def with_canary(site: Site, every_s: float | None = EVERY_S) -> Site:
    return msgspec.structs.replace(site, canary_s=every_s)


class Room:
    """A gateway over a plant, whose site asks for a canary."""

    def __init__(self, folder: Path) -> None:
        self.site = with_canary(make_site())
        self.watch = AlarmWatch((Canary(self.site),))
        self.desk = Desk(Face(site=self.site, version="0", revision="test", rules=()), {})
        self.plant = Plant(folder, listeners=(self.desk, self.watch))
        self.watch.publish = self.plant.kernel.inbox.publish
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), self.desk, folder / "s")
        self.gateway.door.alarms = self.watch.answerable

    async def live(self, seconds: int) -> None:
        await self.plant.run(seconds)

    def age_s(self) -> float:
        shown = self.desk.snapshot(self.plant.kernel)
        assert shown.canary is not None
        assert shown.canary.raised_ns is not None
        return (shown.now_ns - shown.canary.raised_ns) / NANOSECONDS

    def journalled(self, kind: str = "canary") -> list[Alarm]:
        entries = [entry for entry in self.plant.journal.entries() if entry.kind == kind]
        return [msgspec.json.decode(entry.body, type=Alarm) for entry in entries]

    async def figures(self) -> dict[str, float]:
        answer = await self.gateway._respond(GetMetrics())
        assert isinstance(answer, Metrics)
        return {f"{one.name}{'|'.join(one.labels.values())}": one.value for one in answer.samples}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    await made.live(int(EVERY_S))
    yield made
    made.plant.kernel.close()


async def test_it_is_raised_comes_through_is_acknowledged_and_returns_by_itself(room: Room) -> None:
    await room.live(4 * HALF_S)
    told = [(one.event, one.state) for one in room.journalled()]
    one = [
        ("occurs", AlarmState.UNACKNOWLEDGED),
        ("acknowledge", AlarmState.ACKNOWLEDGED),
        ("returns", AlarmState.NORMAL),
    ]
    assert told[:6] == one * 2
    assert {one.by for one in room.journalled() if one.event == "acknowledge"} == {"gateway"}


async def test_its_age_never_passes_a_period_and_two_looks_while_all_is_well(room: Room) -> None:
    ages = []
    for _ in range(200):
        await room.live(1)
        ages.append(room.age_s())
    assert max(ages) <= EVERY_S + 10.0
    assert min(ages) <= 2.0, "it has just come through"


async def test_without_the_watch_of_the_alarms_its_age_grows(room: Room) -> None:
    room.watch.publish = lambda _: None
    before = room.age_s()
    await room.live(100)
    assert room.age_s() == before + 100.0


async def test_one_that_was_lost_does_not_stop_those_after_it(room: Room) -> None:
    await room.live(HALF_S)
    room.watch.publish = lambda _: None
    while room.age_s() < 1.2 * EVERY_S:
        await room.live(1)
    room.watch.publish = room.plant.kernel.inbox.publish
    await room.live(3 * HALF_S)
    assert room.age_s() <= 2 * HALF_S


async def test_it_is_in_no_list_no_count_no_rate_and_nothing_that_is_open(room: Room) -> None:
    for _ in range(3 * HALF_S):
        await room.live(1)
        state, shown = room.plant.kernel.state, room.desk.snapshot(room.plant.kernel)
        assert state.canary is not None
        assert (state.alarms, shown.alarms, shown.alarms_last_hour) == ({}, (), 0)
        assert open_items(state).alarms_unacknowledged == 0
    assert room.desk.tally.alarms.total() == 0
    figures = await room.figures()
    assert {name: value for name, value in figures.items() if name.startswith("aios_alarms_") and value} == {}
    assert room.journalled("alarm") == []


async def test_its_age_is_a_figure(room: Room) -> None:
    assert (await room.figures())["aios_alarm_canary_age_seconds"] == room.age_s()


async def test_people_do_not_act_on_it(room: Room) -> None:
    told = AlarmAct(
        key="k", person="m.jansen", reason="?", alarm=f"canary:{room.site.name}", act=OnAlarm.SHELVE
    )
    answer = await room.gateway._respond(Instruct(instruction=told, for_s=60.0))
    assert isinstance(answer, Rejected)
    assert "no alarm canary:" in answer.reason


async def test_a_replay_finds_the_same_and_a_kept_state_has_it(room: Room) -> None:
    state = room.plant.kernel.state
    assert state_of(state_record(state), {"shaver": int}).canary == state.canary
    room.plant.kernel.close()
    recording = Recording(room.plant.folder / "recorder.db")
    first = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(room.plant.pipe, first, recording.ticks("r"))
    recording.close()
    assert report.differences == ()


def test_only_a_site_that_asks_for_it_has_one() -> None:
    assert not any(isinstance(family, Canary) for family in families(make_site()))
    assert any(isinstance(family, Canary) for family in families(with_canary(make_site())))


def test_a_desk_says_how_often_it_comes_before_the_first_and_nothing_where_nobody_asks(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    assert room.desk.snapshot(room.plant.kernel).canary == CanaryState(every_s=EVERY_S, raised_ns=None)
    quiet = Desk(Face(site=make_site(), version="0", revision="test", rules=()), {})
    assert quiet.snapshot(room.plant.kernel).canary is None
    room.plant.kernel.close()

"""What people do to alarms: judged by the alarm as it stands, done once, journalled, found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from aios.gateway.alarms import acts_owed, alarms_left
from edge.access.limits import LONGEST_SHELVED_S
from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, Words
from edge.alarms.machine import TRANSITIONS, Timing
from edge.alarms.told import EVENTS
from edge.alarms.watch import AlarmWatch
from edge.desk import Desk, Face
from edge.gateway import Gateway
from kernel.alarm import POSSIBLE, Alarm, AlarmState
from kernel.instruction import AlarmAct, Instructed, OnAlarm
from kernel.journal.encoding import state_of
from kernel.journal.recorder import Recording
from kernel.journal.replay import replay
from kernel.pipe.alarm_acts import MOST, answers
from kernel.shell.wire import Accepted, Instruct, Rejected
from kernel.testing import FakeGate
from tests.fakes.nord import NOW
from tests.fakes.nord_alarms import alarm
from tests.unit.kernel.shell.test_kernel import Plant

ID = "voltage_limit:t1"
OTHERS = tuple(f"noise:x/{number}" for number in range(MOST + 1))


class Switched:
    """Alarms of which the first holds where it is told so, and is looked at every second."""

    period_s = 1.0

    def __init__(self) -> None:
        at_once = Timing(on_delay_s=0.0, off_delay_s=0.001)
        rest = [defined("noise", name.partition(":")[2]) for name in OTHERS]
        self.definitions: tuple[Definition, ...] = (defined("voltage_limit", "t1", timing=at_once), *rest)
        self.holds = True

    def look(self, frame: Frame) -> Overs:
        return {0: 1.0} if self.holds else {}

    def knows(self, number: int) -> bool:
        return True

    def words(self, number: int, frame: Frame) -> Words:
        return Words(text="voltage of T1", evidence=())


class Room:
    """A gateway over a plant, with a watch that hears its ticks."""

    def __init__(self, folder: Path) -> None:
        self.family = Switched()
        self.watch = AlarmWatch((self.family,))
        self.plant = Plant(folder, listeners=(self.watch,))
        self.watch.publish = self.plant.kernel.inbox.publish
        desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        known = {one.id for one in self.watch.definitions}
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), desk, folder / "s")
        self.gateway.door.alarms = known
        self._number = 0

    async def tell(self, act: OnAlarm, alarm: str = ID, person: str = "m.jansen", for_s: float = 0.0) -> str:
        """Tell it, and return why it was refused."""
        self._number += 1
        told = AlarmAct(key=f"k{self._number}", person=person, reason="crew is on it", alarm=alarm, act=act)
        answer = await self.gateway._respond(Instruct(instruction=told, for_s=for_s))
        assert isinstance(answer, Accepted | Rejected)
        return answer.reason if isinstance(answer, Rejected) else ""

    def stands(self, name: str = ID) -> tuple[AlarmState, str]:
        one = self.plant.kernel.state.alarms.get(name)
        return (AlarmState.NORMAL, "") if one is None else (one.state, one.by)

    def journalled(self) -> list[tuple[str, str]]:
        of = [entry for entry in self.plant.journal.entries() if entry.kind in {"alarm", "instruction"}]
        return [
            ("alarm", msgspec.json.decode(entry.body, type=Alarm).event)
            if entry.kind == "alarm"
            else ("told", msgspec.json.decode(entry.body, type=Instructed).refused)
            for entry in of
        ]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    await made.plant.run(3)
    assert made.stands() == (AlarmState.UNACKNOWLEDGED, "")
    yield made
    made.plant.kernel.close()


async def test_an_acknowledged_alarm_says_by_whom_and_the_journal_has_both(room: Room) -> None:
    assert await room.tell(OnAlarm.ACKNOWLEDGE) == ""
    await room.plant.run(2)
    assert room.stands() == (AlarmState.ACKNOWLEDGED, "m.jansen")
    assert room.journalled() == [("alarm", "occurs"), ("told", ""), ("alarm", "acknowledge")]


async def test_two_people_do_not_act_on_one_alarm_at_once(room: Room) -> None:
    await room.tell(OnAlarm.ACKNOWLEDGE)
    await room.tell(OnAlarm.SHELVE, person="a.weber", for_s=60.0)
    await room.plant.run(2)
    assert room.stands() == (AlarmState.ACKNOWLEDGED, "m.jansen")
    (refused,) = [why for kind, why in room.journalled() if kind == "told" and why]
    assert "m.jansen has just told" in refused
    assert room.plant.kernel.state.alarm_acts == {}, "the watch has answered"


async def test_what_an_alarm_was_told_keeps_others_away_until_its_watch_has_answered(room: Room) -> None:
    await room.tell(OnAlarm.ACKNOWLEDGE)
    await room.plant.run(1)
    assert "m.jansen has just told" in await room.tell(OnAlarm.ACKNOWLEDGE, person="a.weber")
    await room.plant.run(1)
    assert "is acknowledged; acknowledge is for" in await room.tell(OnAlarm.ACKNOWLEDGE, person="a.weber")


@pytest.mark.parametrize(
    ("act", "alarm", "for_s", "why"),
    [
        (OnAlarm.ACKNOWLEDGE, "voltage_limit:t9", 0.0, "no alarm voltage_limit:t9"),
        (OnAlarm.ACKNOWLEDGE, OTHERS[0], 0.0, "is normal; acknowledge is for"),
        (OnAlarm.UNSHELVE, ID, 0.0, "is unacknowledged; unshelve is for one that is shelved"),
        (OnAlarm.PUT_BACK, ID, 0.0, "put-back is for one that is out_of_service"),
        (OnAlarm.SHELVE, ID, 0.0, "for a time of at most"),
        (OnAlarm.SHELVE, ID, LONGEST_SHELVED_S + 1, "for a time of at most"),
        (OnAlarm.ACKNOWLEDGE, ID, 60.0, "is not for a time"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_the_door(
    room: Room, act: OnAlarm, alarm: str, for_s: float, why: str
) -> None:
    assert why in await room.tell(act, alarm, for_s=for_s)
    await room.plant.run(1)
    assert room.journalled() == [("alarm", "occurs")]


async def test_shelving_ends_by_itself_and_the_alarm_wants_an_answer_again(room: Room) -> None:
    await room.tell(OnAlarm.SHELVE, for_s=5.0)
    await room.plant.run(4)
    assert room.stands() == (AlarmState.SHELVED, "m.jansen")
    await room.plant.run(4)
    assert room.stands() == (AlarmState.UNACKNOWLEDGED, "")


async def test_an_alarm_that_is_normal_can_be_taken_out_and_put_back(room: Room) -> None:
    await room.tell(OnAlarm.TAKE_OUT, OTHERS[0])
    await room.plant.run(2)
    assert room.stands(OTHERS[0]) == (AlarmState.OUT_OF_SERVICE, "m.jansen")
    await room.tell(OnAlarm.PUT_BACK, OTHERS[0])
    await room.plant.run(2)
    assert room.stands(OTHERS[0]) == (AlarmState.NORMAL, "")


async def test_an_alarm_that_moved_meanwhile_is_answered_as_it_stands(room: Room) -> None:
    await room.tell(OnAlarm.SHELVE, for_s=3.0)
    await room.plant.run(3)
    await room.tell(OnAlarm.UNSHELVE)
    await room.plant.run(3)
    assert room.plant.kernel.state.alarm_acts == {}
    assert room.stands()[0] is AlarmState.UNACKNOWLEDGED


async def test_a_flood_of_acts_waits_for_its_answers(room: Room) -> None:
    for name in OTHERS:
        await room.tell(OnAlarm.TAKE_OUT, name)
    await room.plant.run(1)
    refused = [why for kind, why in room.journalled() if kind == "told" and why]
    assert len(refused) == 1
    assert "try again" in refused[0]
    await room.plant.run(1)
    assert all(room.stands(name)[0] is AlarmState.OUT_OF_SERVICE for name in OTHERS[:-1])


async def test_what_was_told_right_before_a_kill_is_done_by_the_next_life(room: Room) -> None:
    await room.tell(OnAlarm.ACKNOWLEDGE)
    await room.plant.run(1)  # journalled; the watch's answer dies with the process
    owed, left = acts_owed(room.plant.journal), alarms_left(room.plant.journal)
    assert [(one.alarm, one.act) for one in owed] == [(ID, OnAlarm.ACKNOWLEDGE)]
    watch, said = AlarmWatch((Switched(),), left, owed), []
    watch.publish = said.append
    room.plant.kernel.shell.listeners[0].heard = watch.heard  # type: ignore[method-assign]
    await room.plant.run(1)
    assert [(one.state, one.by) for one in said] == [(AlarmState.ACKNOWLEDGED, "m.jansen")]


async def test_what_was_answered_is_not_done_again_by_the_next_life(room: Room) -> None:
    await room.tell(OnAlarm.ACKNOWLEDGE)
    await room.plant.run(2)
    assert list(acts_owed(room.plant.journal)) == []
    assert alarms_left(room.plant.journal)[ID].by == "m.jansen"


async def test_a_replay_takes_the_same_acts_and_refuses_the_same(room: Room) -> None:
    plant = room.plant
    await room.tell(OnAlarm.ACKNOWLEDGE)
    await room.tell(OnAlarm.SHELVE, person="a.weber", for_s=60.0)
    await plant.run(4)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    state = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(plant.pipe, state, recording.ticks("r"), gate=FakeGate())
    recording.close()
    assert report.differences == ()


def test_an_alarm_told_before_an_act_is_no_answer_to_it() -> None:
    act = AlarmAct(key="k", person="p", reason="r", alarm=ID, act=OnAlarm.ACKNOWLEDGE, at_ns=NOW)
    assert not answers(alarm(at_ns=NOW - 1), act)
    assert answers(alarm(at_ns=NOW), act)


def test_the_door_and_the_machine_of_alarms_allow_the_same() -> None:
    by_machine = {act: {s for s, event in TRANSITIONS if event is EVENTS[act]} for act in OnAlarm}
    assert by_machine == POSSIBLE

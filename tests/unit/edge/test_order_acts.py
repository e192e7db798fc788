"""What people do with repair orders goes through the door, is shown, journalled, replayed and found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from aios.gateway.work import work_left
from edge.desk import Desk, Face
from edge.gateway import Gateway
from kernel.dispatch import WorkStage
from kernel.instruction import HandOver, Instruction, OnOrder, OpenItems, OrderAct
from kernel.journal.encoding import state_of
from kernel.journal.in_force import in_force
from kernel.journal.recorder import Recording
from kernel.journal.replay import replay
from kernel.shell.wire import Accepted, Instruct, Rejected, Repeated
from kernel.testing import FakeGate
from tests.unit.kernel.pipe.test_dispatching import T2, order
from tests.unit.kernel.shell.test_kernel import Plant


class Room:
    """A gateway over a plant with one order that is open."""

    def __init__(self, folder: Path) -> None:
        self.plant = Plant(folder)
        self.plant.kernel.inbox.publish(order())
        desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), desk, folder / "s")

    async def tell(self, told: Instruction, for_s: float = 0.0) -> object:
        return await self.gateway._respond(Instruct(instruction=told, for_s=for_s))


def act(what: OnOrder, person: str = "m.jansen", key: str = "") -> OrderAct:
    return OrderAct(key=key or what.value, person=person, reason="crew", order=T2, act=what)


def over() -> HandOver:
    typed = OpenItems(questions=99)
    return HandOver(
        key="h", person="m.jansen", reason="r", note="quiet", giver="m.jansen", taker="a.weber", open=typed
    )


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    await made.plant.run(1)
    yield made
    made.plant.kernel.close()


async def test_a_claimed_order_is_shown_and_found_again_by_the_next_life(room: Room) -> None:
    assert isinstance(await room.tell(act(OnOrder.CLAIM)), Accepted)
    await room.plant.run(1)
    (shown,) = room.gateway.desk.snapshot(room.plant.kernel).dispatches
    assert (shown.stage, shown.by) == (WorkStage.CLAIMED, "m.jansen")
    assert work_left(room.plant.journal) == {T2: shown}


async def test_the_same_act_twice_is_one(room: Room) -> None:
    await room.tell(act(OnOrder.CLAIM))
    assert isinstance(await room.tell(act(OnOrder.CLAIM)), Repeated)
    await room.plant.run(1)
    assert isinstance(await room.tell(act(OnOrder.CLAIM)), Repeated)
    assert len(room.plant.kernel.state.dispatches[T2].history) == 1


async def test_what_another_person_has_is_refused_at_the_door(room: Room) -> None:
    await room.tell(act(OnOrder.CLAIM))
    await room.plant.run(1)
    refused = await room.tell(act(OnOrder.REJECT, "a.weber"))
    assert isinstance(refused, Rejected)
    assert "m.jansen has order" in refused.reason


@pytest.mark.parametrize(
    ("what", "for_s", "why"),
    [(OnOrder.PLAN, 0.0, "plan needs a time"), (OnOrder.REJECT, 60.0, "reject is not for a time")],
)
async def test_what_needs_a_time_has_one_and_nothing_else(
    room: Room, what: OnOrder, for_s: float, why: str
) -> None:
    answer = await room.tell(act(what), for_s)
    assert isinstance(answer, Rejected)
    assert why in answer.reason


async def test_a_deferred_order_comes_back_by_itself_and_the_journal_says_why(room: Room) -> None:
    await room.tell(act(OnOrder.DEFER), for_s=3.0)
    await room.plant.run(4)
    (last,) = room.plant.kernel.state.dispatches.values()
    assert (last.stage, last.reason) == (WorkStage.BACK, "m.jansen deferred it until now")
    assert [e.kind for e in room.plant.journal.entries(subject=T2)] == ["instruction", "dispatch", "dispatch"]


async def test_a_note_counts_what_is_open_and_not_what_was_typed(room: Room) -> None:
    await room.tell(act(OnOrder.CLAIM))
    await room.plant.run(1)
    await room.tell(over())
    await room.plant.run(1)
    note = room.gateway.desk.snapshot(room.plant.kernel).hand_over
    assert note is not None
    assert (note.note, note.open) == ("quiet", OpenItems(orders_undecided=1))
    assert in_force(room.plant.journal.told(), now_ns=0).hand_over == note
    assert room.plant.kernel.state.dispatches[T2].by == "a.weber"


async def test_a_replay_finds_the_same_work(room: Room) -> None:
    plant = room.plant
    await room.tell(act(OnOrder.DEFER), for_s=3.0)
    await plant.run(5)
    await room.tell(act(OnOrder.CLAIM))
    plant.kernel.inbox.publish(msgspec.structs.replace(order(), state="closed"))
    await plant.run(3)
    assert plant.kernel.state.dispatches == {}
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    state = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(plant.pipe, state, recording.ticks("r"), gate=FakeGate())
    recording.close()
    assert (report.ticks, report.differences) == (9, ())

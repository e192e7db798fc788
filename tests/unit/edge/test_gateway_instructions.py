"""What people tell a gateway: heard at the door, in force with the next tick, journalled and replayed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest

from edge.access.limits import LONGEST_S
from edge.desk import Desk, Face
from edge.gateway import Gateway
from kernel.instruction import HandBack, Instruction, Mode, Override, PointMode
from kernel.journal.encoding import state_of
from kernel.journal.recorder import Recording
from kernel.journal.replay import replay
from kernel.shell.inbox import INSTRUCTIONS
from kernel.shell.wire import Accepted, Instruct, Rejected
from kernel.testing import FakeGate
from tests.unit.kernel.conftest import BATTERY, METER, S
from tests.unit.kernel.shell.test_kernel import Plant


def mode(point: str = BATTERY, kind: Mode = Mode.LOCAL, **more: str) -> PointMode:
    return PointMode(
        **{"key": "k1", "person": "m.jansen", "reason": "maintenance"} | more, point=point, mode=kind
    )


class Door:
    """A gateway over a plant, asked without a socket."""

    def __init__(self, folder: Path) -> None:
        self.plant = Plant(folder / "plant")
        desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), desk, folder / "s")

    async def tell(self, told: Instruction, for_s: float = 0.0) -> object:
        return await self.gateway._respond(Instruct(instruction=told, for_s=for_s))


@pytest.fixture
async def door(tmp_path: Path):
    made = Door(tmp_path)
    yield made
    made.plant.kernel.close()


async def test_a_mode_is_in_force_with_the_next_tick_and_shown(door: Door) -> None:
    assert await door.tell(mode()) == Accepted(trace="k1")
    await door.plant.run(3, meter=80.0)
    assert door.plant.driver.writes == []
    shown = door.gateway.desk.snapshot(door.plant.kernel).modes
    assert [(one.point, one.mode, one.person) for one in shown] == [(BATTERY, Mode.LOCAL, "m.jansen")]


async def test_the_gateway_sets_the_times(door: Door) -> None:
    now_ns = door.plant.clock.now_ns()
    await door.tell(mode(), for_s=30.0)
    await door.plant.run(1)
    told = door.plant.kernel.state.modes[BATTERY]
    assert (told.at_ns, told.until_ns) == (now_ns, now_ns + 30 * S)


@pytest.mark.parametrize(
    ("told", "for_s", "why"),
    [
        (mode(key=""), 0.0, "needs a key"),
        (mode(person=" "), 0.0, "needs a person"),
        (mode(reason=""), 0.0, "needs a reason"),
        (mode(reason="x" * 501), 0.0, "longer than"),
        (mode(), -1.0, "holds for"),
        (mode(), math.nan, "holds for"),
        (mode(), LONGEST_S + 1, "holds for"),
        (mode(point="no/where"), 0.0, "no point"),
        (mode(point=METER), 0.0, "can only be read"),
    ],
    ids=str,
)
async def test_what_cannot_be_taken_is_refused_at_the_door(
    door: Door, told: PointMode, for_s: float, why: str
) -> None:
    answer = await door.tell(told, for_s)
    assert isinstance(answer, Rejected)
    assert why in answer.reason


async def test_too_many_instructions_are_refused(door: Door) -> None:
    answers = [await door.tell(mode(key=f"k{number}")) for number in range(INSTRUCTIONS + 1)]
    assert [isinstance(one, Accepted) for one in answers] == [True] * INSTRUCTIONS + [False]


async def test_the_journal_keeps_what_was_told_and_why_it_was_refused(door: Door) -> None:
    await door.tell(mode(METER, Mode.TEST))
    door.plant.kernel.inbox.instruct(HandBack(key="k2", person="p", reason="r", override="nobody-knows"))
    await door.plant.run(1)
    told = [e for e in door.plant.journal.entries() if e.kind == "instruction"]
    assert [(e.subject, json.loads(e.body)["instruction"]["person"]) for e in told] == [
        (METER, "m.jansen"),
        ("nobody-knows", "p"),
    ]
    assert [bool(json.loads(e.body)["refused"]) for e in told] == [False, True]


async def test_a_replay_hears_the_same_instructions(door: Door) -> None:
    plant = door.plant
    await plant.run(3, meter=80.0)
    await door.tell(mode(), for_s=4.0)
    await plant.run(3, meter=95.0)
    await door.tell(mode(METER, Mode.BLOCKED))
    await plant.run(6, meter=60.0)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    state = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(plant.pipe, state, recording.ticks("r"), gate=FakeGate())
    recording.close()
    assert (report.ticks, report.differences) == (12, ())


async def test_the_snapshot_says_which_override_rules_a_set_point(door: Door) -> None:
    held = Override(key="o1", person="m.jansen", reason="storm", pattern="*", value=5.0, until_ns=0)
    await door.tell(held, for_s=60.0)
    await door.tell(msgspec.structs.replace(held, key="o2"), for_s=60.0)
    await door.plant.run(1)
    assert door.gateway.desk.snapshot(door.plant.kernel).overridden == {BATTERY: "o2"}

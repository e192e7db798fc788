"""The kernel and its scheduler: safety first, late work at once, and a recording of who stepped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from kernel.image import View
from kernel.instruction import AgentChange, Change
from kernel.journal.encoding import state_of
from kernel.journal.in_force import in_force
from kernel.journal.recorder import Recording
from kernel.journal.replay import replay
from kernel.pipe.tick import Inputs
from kernel.ports import Step
from kernel.proposal import Priority
from kernel.schedule.loop import ControlLoop
from kernel.shell.ticking import Rest, keep_ticking
from kernel.testing import FakeGate
from tests.unit.kernel.conftest import S, Shaver
from tests.unit.kernel.scripted_clock import ScriptedClock, settle
from tests.unit.kernel.shell.test_kernel import Plant


@dataclass
class Trip(Shaver):
    """Wants 0 of the battery while the meter shows more than 90, and notes what was commanded by then."""

    name: str = "trip"
    limit_kw: float = 90.0

    def step(self, view: View, state: int) -> Step:
        step = super().step(view, state)
        high = [wish for wish in step.proposals if (wish.wanted or 0.0) > 0.0]
        zero = [msgspec.structs.replace(wish, priority=Priority.SAFETY, wanted=0.0) for wish in high]
        return Step(state=step.state, proposals=tuple(zero))


@dataclass
class Noting(Shaver):
    """A shaver that notes how many commands were journalled when it stepped."""

    journalled: list[int] | None = None
    plant: Plant | None = None

    def step(self, view: View, state: int) -> Step:
        if self.plant is not None and self.journalled is not None:
            entries = self.plant.journal.entries()
            self.journalled.append(sum(entry.kind == "command" for entry in entries))
        return super().step(view, state)


def loop(agent: Shaver, priority: str, period_s: float = 1.0) -> ControlLoop:
    return ControlLoop(
        name=agent.name, agent=agent, period_s=period_s, deadline_s=period_s, priority=priority
    )


Make = Callable[..., Plant]


async def test_what_was_released_while_a_gateway_got_ready_is_past_and_not_lost(make: Make) -> None:
    plant = make(loop(Trip(), "safety"), loop(Shaver(), "control", 2.0))
    begin_ns = plant.clock.now_ns()
    await plant.clock.sleep_until(begin_ns + 7 * S + S // 2)
    await plant.kernel.run(lambda now_ns: now_ns >= begin_ns + 10 * S)
    turns = plant.kernel.scheduler.turns
    assert {name: turn.lost for name, turn in turns.items()} == {"trip": 0, "shaver": 0}
    assert {name: one.runs for name, one in plant.kernel.statistics().items() if name in turns} == {
        "trip": 3,
        "shaver": 2,
    }


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make plants with these loops, and end them."""
    plants: list[Plant] = []

    def build(*loops: ControlLoop) -> Plant:
        plants.append(Plant(tmp_path, loops=loops))
        return plants[-1]

    yield build
    for plant in plants:
        plant.kernel.close()


async def test_what_a_safety_loop_wants_is_journalled_before_any_other_agent_steps(make: Make) -> None:
    noting = Noting(journalled=[])
    plant = noting.plant = make(loop(noting, "control"), loop(Trip(), "safety"))
    await plant.run(1, meter=100.0)
    assert noting.journalled == [1]
    assert [(c.point, c.value) for c in plant.driver.writes] == []
    await plant.run(1, meter=100.0)
    assert [c.value for c in plant.driver.writes] == [0.0]
    assert plant.kernel.state.tick == 3, "two ticks of the pipe in each base tick"


async def test_a_recording_of_two_ticks_in_a_base_tick_is_decided_again_without_difference(
    make: Make,
) -> None:
    plant = make(loop(Shaver(), "control"), loop(Trip(), "safety", period_s=2.0))
    for power in (80.0, 95.0, 120.0, 60.0):
        await plant.run(3, meter=power)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    records = list(recording.ticks("r"))
    state = state_of(recording.first_state("r"), {"shaver": int, "trip": int})
    report = await replay(plant.pipe, state, records, gate=FakeGate())
    recording.close()
    assert {record.activations for record in records} == {("trip",), ("shaver",)}
    assert (report.ticks, report.differences) == (18, ())


async def test_a_recording_keeps_those_that_did_step(make: Make) -> None:
    plant = make(loop(Shaver(), "control"), loop(Shaver(name="other"), "control"))
    draft = plant.pipe.draft
    plant.pipe.draft = lambda before, inputs, *_: draft(before, inputs, lambda name: name == "other")  # type: ignore[method-assign]
    await plant.run(2, meter=80.0)
    plant.pipe.draft = draft  # type: ignore[method-assign]
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    records = list(recording.ticks("r"))
    state = state_of(recording.first_state("r"), {"shaver": int, "other": int})
    report = await replay(plant.pipe, state, records, gate=FakeGate())
    recording.close()
    assert [record.activations for record in records] == [("other",)] * 2
    assert report.differences == ()


async def test_what_did_not_start_is_tried_again_in_the_next_tick(make: Make) -> None:
    plant = make(loop(Shaver(), "control", period_s=5.0))
    draft = plant.pipe.draft
    plant.pipe.draft = lambda before, inputs, *_: draft(before, inputs, lambda _: False)  # type: ignore[method-assign]
    await plant.run(5, meter=80.0)
    plant.pipe.draft = draft  # type: ignore[method-assign]
    assert plant.kernel.state.agents["shaver"] == 0
    await plant.run(1, meter=80.0)
    assert plant.kernel.state.agents["shaver"] == 1


async def test_a_tick_that_ran_past_the_next_multiple_is_followed_at_once() -> None:
    clock, begun = ScriptedClock(1000 * S), []
    ends = {1001 * S: round(1002.3 * S), round(1002.3 * S): round(1002.4 * S)}

    async def tick() -> None:
        begun.append(clock.now_ns())
        await clock.sleep_until(ends.get(clock.now_ns(), 0))

    running = asyncio.create_task(keep_ticking(clock, S, tick, lambda now_ns: now_ns >= 1004 * S))
    await settle()
    for second in (1001, 1002.3, 1002.4, 1003, 1004):
        await clock.advance(round(second * S))
    await running
    assert begun == [1001 * S, round(1002.3 * S), 1003 * S, 1004 * S]


async def test_a_run_that_is_told_to_end_between_two_ticks_ends_at_once_and_without_another_tick() -> None:
    clock, begun, over = ScriptedClock(1000 * S), [], asyncio.Event()
    rest = Rest(clock)

    async def tick() -> None:
        begun.append(clock.now_ns())

    running = asyncio.create_task(keep_ticking(clock, 60 * S, tick, lambda _: over.is_set(), rest.until))
    await settle()
    await clock.advance(1020 * S)
    rest.wake()  # woken for nothing: it is not over yet
    await settle()
    await clock.advance(1080 * S)
    assert begun == [1020 * S, 1080 * S]
    over.set()
    rest.wake()
    await settle()
    assert running.done()
    assert begun == [1020 * S, 1080 * S]
    rest.wake()  # nobody rests: nothing happens


async def test_a_tick_that_runs_is_not_broken_off_by_the_end_of_the_run() -> None:
    clock, ended, over = ScriptedClock(1000 * S), [], asyncio.Event()
    rest = Rest(clock)

    async def tick() -> None:
        await clock.sleep_until(1090 * S)
        ended.append(clock.now_ns())

    running = asyncio.create_task(keep_ticking(clock, 60 * S, tick, lambda _: over.is_set(), rest.until))
    await settle()
    await clock.advance(1080 * S)
    over.set()
    rest.wake()
    await settle()
    assert not running.done()
    await clock.advance(1090 * S)
    assert running.done()
    assert ended == [1090 * S]


async def test_an_hour_in_which_the_machine_stood_still_is_one_tick_late_and_counted(make: Make) -> None:
    plant = make(loop(Shaver(), "control"))
    await plant.run(2, meter=80.0)
    await plant.clock.sleep_until(plant.clock.now_ns() + 3600 * S)
    await plant.run(1, meter=80.0)
    await plant.kernel.tick()
    assert plant.kernel.state.agents["shaver"] == 3
    assert plant.kernel.scheduler.turns["shaver"].lost == 3600
    assert plant.kernel.statistics()["shaver"].runs == 3


def told(change: Change, agent: str = "shaver") -> AgentChange:
    return AgentChange(key=f"{change}-{agent}", person="p", reason="r", agent=agent, change=change)


async def test_a_suspended_agent_does_not_step_and_its_points_go_safe_by_the_ordinary_rule(
    make: Make,
) -> None:
    plant = make(loop(Shaver(), "control"))
    await plant.run(3, meter=80.0)
    assert plant.kernel.inbox.instruct(told(Change.SUSPEND))
    await plant.run(10, meter=80.0)
    assert plant.kernel.state.agents["shaver"] == 3
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("gate", 30.0), ("safe_set", 0.0)]
    plant.kernel.inbox.instruct(told(Change.RESUME))
    await plant.run(3, meter=80.0)
    assert plant.driver.writes[-1].value == 30.0
    kinds = [entry.kind for entry in plant.journal.entries()]
    assert kinds.count("instruction") == 2


async def test_a_suspended_agent_misses_nothing(make: Make) -> None:
    plant = make(loop(Shaver(), "control"))
    plant.kernel.inbox.instruct(told(Change.SUSPEND))
    await plant.run(20, meter=80.0)
    assert plant.kernel.statistics()["shaver"].misses == 0
    assert plant.kernel.scheduler.turns["shaver"].suspended


async def test_a_restarted_agent_begins_from_its_start_state(make: Make) -> None:
    plant = make(loop(Shaver(), "control"))
    await plant.run(5, meter=80.0)
    plant.kernel.inbox.instruct(told(Change.RESTART))
    await plant.run(1, meter=80.0)
    assert plant.kernel.state.agents["shaver"] == 1
    assert plant.kernel.turns.restarts["shaver"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([told(Change.SUSPEND, "nobody")], "no agent nobody; there are shaver"),
        ([told(Change.RESUME)], "shaver is not suspended"),
        ([told(Change.SUSPEND), told(Change.SUSPEND)], "shaver is suspended already, by p"),
    ],
    ids=["unknown", "not suspended", "twice"],
)
async def test_what_cannot_be_done_with_an_agent_is_refused_with_a_reason(
    make: Make, changes: list[AgentChange], reason: str
) -> None:
    plant = make(loop(Shaver(), "control"))
    for change in changes:
        plant.kernel.inbox.instruct(change)
    decided = await plant.kernel.tick()
    assert decided.outputs.instructions[-1].refused == reason


async def test_suspending_is_decided_again_from_a_recording_without_difference(make: Make) -> None:
    plant = make(loop(Shaver(), "control"))
    for change in (Change.SUSPEND, Change.RESUME, Change.RESTART):
        await plant.run(3, meter=80.0)
        plant.kernel.inbox.instruct(told(change))
    await plant.run(3, meter=80.0)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    state = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(plant.pipe, state, recording.ticks("r"), gate=FakeGate())
    recording.close()
    assert (report.ticks, report.differences) == (12, ())


async def test_an_agent_stays_suspended_when_the_gateway_starts_again(make: Make) -> None:
    plant = make(loop(Shaver(), "control"), loop(Shaver(name="other"), "control"))
    for change in (told(Change.SUSPEND), told(Change.SUSPEND, "other"), told(Change.RESUME, "other")):
        plant.kernel.inbox.instruct(change)
        await plant.run(1, meter=0.0)
    assert set(in_force(plant.journal.told(), now_ns=0).suspended) == {"shaver"}


async def test_a_suspended_agent_does_not_step_even_when_it_is_named(make: Make) -> None:
    plant = make(loop(Shaver(), "control"))
    state = msgspec.structs.replace(plant.kernel.state, suspended={"shaver": told(Change.SUSPEND)})
    inputs = Inputs(tick=0, now_ns=plant.clock.now_ns() + S, activations=("shaver",))
    assert plant.pipe.draft(state, inputs).stepped == ()
    assert plant.pipe.draft(plant.kernel.state, inputs).stepped == ("shaver",)

"""Around the pipe: time that is not made up for, doors that are bounded, and what may fail without harm."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from kernel.command import Outcome
from kernel.journal.chain import verify
from kernel.journal.failure import JournalDown
from kernel.journal.recorder import BATCH
from kernel.pipe.tick import Decided, Inputs
from kernel.ports import GateRequest
from kernel.proposal import Priority, Proposal
from kernel.quality import CLOCK_NOT_SYNCHRONISED
from kernel.shell.clock import VirtualClock
from kernel.shell.inbox import REQUESTS
from kernel.shell.jobs import Jobs
from kernel.shell.kernel import Shell
from kernel.shell.worker import InlineWorkers
from kernel.testing import EmptyPast
from kernel.verdict import Judgement
from tests.unit.kernel.conftest import BATTERY, METER, S
from tests.unit.kernel.crew import Obedient, job
from tests.unit.kernel.scripted_clock import ScriptedClock, settle
from tests.unit.kernel.shell.test_kernel import Plant


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.kernel.close()


def reshell(plant: Plant, **changes: Any) -> Shell:
    plant.kernel.shell = replace(plant.kernel.shell, **changes)
    return plant.kernel.shell


class Undisciplined(VirtualClock):
    """The clock of a machine without a time server."""

    def state(self) -> str:
        return "not synchronised"


class StandsStill(VirtualClock):
    """Time goes on; the clock on the wall does not."""

    def wall_ns(self) -> int:
        return 1000 * S


@pytest.mark.parametrize("clock", [Undisciplined, StandsStill])
async def test_control_goes_on_where_nobody_sets_the_clock_and_every_reading_says_so(
    tmp_path: Path, clock: type[VirtualClock]
) -> None:
    plant = Plant(tmp_path, clock=clock(start_ns=1000 * S))
    await plant.run(8, meter=80.0)
    receipts = plant.receipts()
    plant.kernel.close()
    row = plant.site.row[METER]
    assert int(plant.kernel.state.image.quality[row]) & CLOCK_NOT_SYNCHRONISED
    assert {(c.authority, c.value) for c in plant.driver.writes} == {("gate", 30.0)}, "and no safe set"
    assert {one.outcome for one in receipts} == {Outcome.DONE}


async def test_a_gate_sees_that_the_clock_is_not_synchronised_and_may_deny_on_it(tmp_path: Path) -> None:
    plant, asked = Plant(tmp_path, clock=Undisciplined(start_ns=1000 * S)), []
    judge = plant.gate.judge

    async def hears(request: GateRequest) -> Judgement:
        asked.append(request)
        return await judge(request)

    plant.gate.judge = hears  # type: ignore[method-assign]
    await plant.run(3, meter=80.0)
    plant.kernel.close()
    assert asked[-1].readings[METER].quality & CLOCK_NOT_SYNCHRONISED


class Hearer:
    """Hears ticks, or raises while it is told to."""

    def __init__(self) -> None:
        self.raises = False
        self.ticks: list[int] = []
        self.times: list[int] = []

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        if self.raises:
            raise OSError("no space left")
        self.ticks.append(inputs.tick)
        self.times.append(inputs.now_ns // S)


class StuckGate:
    """Never answers."""

    revision = "test"

    def __init__(self) -> None:
        self.given_up = 0

    async def judge(self, request: GateRequest) -> Judgement:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        raise AssertionError

    async def close(self) -> None:
        pass


def wish(person: str = "p", value: float = 10.0) -> Proposal:
    return Proposal(
        agent=f"person:{person}", point=BATTERY, priority=Priority.PERSON, wanted=value, reason="r",
        made_at_ns=0, expires_at_ns=2**62,
    )  # fmt: skip


async def test_a_late_tick_is_not_made_up_for(plant: Plant) -> None:
    clock = ScriptedClock(1000 * S)
    heard = Hearer()
    reshell(plant, clock=clock, listeners=(heard,))
    running = asyncio.create_task(plant.kernel.run(lambda now_ns: now_ns >= 1012 * S))
    await settle()
    for second in (1001.0, 1002.0, 1007.5):
        await clock.advance(round(second * S))
    assert clock.due_ns() == [1008 * S]
    for second in (1008, 1012):
        await clock.advance(second * S)
    await running
    assert heard.times == [1001, 1002, 1007, 1008, 1012]


async def test_a_tick_falls_on_the_multiples_of_the_base_tick(plant: Plant) -> None:
    clock = ScriptedClock(1000 * S + S // 3)
    reshell(plant, clock=clock)
    running = asyncio.create_task(plant.kernel.run(lambda now_ns: now_ns >= 1002 * S))
    await settle()
    assert clock.due_ns() == [1001 * S]
    await clock.advance(1001 * S)
    assert clock.due_ns() == [1002 * S]
    await clock.advance(1002 * S)
    await running


async def test_requests_of_people_are_bounded_and_the_next_tick_takes_them(plant: Plant) -> None:
    taken = [plant.kernel.inbox.request(wish(f"p{n}")) for n in range(REQUESTS + 3)]
    assert taken.count(True) == REQUESTS
    assert taken[REQUESTS:] == [False] * 3
    await plant.run(1, meter=0.0)
    assert len(plant.kernel.state.standing) == REQUESTS + 1
    assert plant.kernel.inbox.request(wish("late"))


async def test_a_gate_that_hangs_is_a_denial_within_its_time(plant: Plant) -> None:
    gate = StuckGate()
    reshell(plant, gate=gate, gate_patience_s=0.01)
    await asyncio.wait_for(plant.run(2, meter=80.0), timeout=1.0)
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("safe_set", 0.0)]
    assert "no answer of the gate within 0.01 s" in plant.kernel.state.gate_failure
    assert gate.given_up > 0


async def test_a_gate_that_gives_no_judgement_is_a_denial(plant: Plant) -> None:
    async def nothing(_: GateRequest) -> Any:
        return {"allow": True}

    plant.gate.judge = nothing  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as lines:
        await plant.run(4, meter=80.0)
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("safe_set", 0.0)]
    assert plant.kernel.state.gate_failure == "gate gave dict"
    assert [line["event"] for line in lines] == ["away"]


async def test_a_listener_that_raises_stops_neither_control_nor_the_others(plant: Plant) -> None:
    deaf, other = Hearer(), Hearer()
    deaf.raises = True
    reshell(plant, listeners=(deaf, other))
    with structlog.testing.capture_logs() as lines:
        await plant.run(3, meter=80.0)
        deaf.raises = False
        await plant.run(1, meter=80.0)
    assert [c.value for c in plant.driver.writes] == [30.0]
    assert other.ticks == [0, 1, 2, 3]
    assert deaf.ticks == [3]
    assert plant.kernel.outages.failures["listener 0 Hearer"] == 3
    assert [line["event"] for line in lines] == ["away", "back"]


async def test_a_recorder_that_cannot_write_does_not_stop_control(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(plant.recorder, "flush", full)
        await plant.run(BATCH + 1, meter=80.0)
    assert plant.kernel.outages.failures["recorder"] >= 1
    assert plant.driver.writes[0].value == 30.0
    assert plant.kernel.state.tick == BATCH


async def test_while_the_journal_is_down_only_the_safe_set_is_written_and_the_log_says_so_once(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise JournalDown("disk full")

    with structlog.testing.capture_logs() as lines:
        await plant.run(2, meter=80.0)
        with monkeypatch.context() as broken:
            broken.setattr(plant.journal, "append", full)
            await plant.run(5, meter=95.0)
        down = [(c.authority, c.value) for c in plant.driver.writes]
        await plant.run(2, meter=95.0)
    assert down == [("gate", 30.0), ("safe_set", 0.0)]
    assert [(c.authority, c.value) for c in plant.driver.writes][2:] == [("gate", 45.0)]
    assert [line["event"] for line in lines if line.get("what") == "journal"] == ["away", "back"]


async def test_what_happened_while_the_journal_was_down_is_entered_when_it_returns(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise JournalDown("disk full")

    await plant.run(1, meter=80.0)
    with monkeypatch.context() as broken:
        broken.setattr(plant.journal, "append", full)
        await plant.run(4, meter=95.0)
    await plant.run(4, meter=95.0)
    entries = list(plant.journal.entries())
    assert verify(entries) == ()
    commands = [e.subject for e in entries if e.kind == "command"]
    assert commands == [c.id for c in plant.driver.writes], "also the safe value that went out unjournalled"
    assert [e.tick for e in entries] == sorted(e.tick for e in entries)
    assert plant.journal.open_commands() == ()
    assert {r.command: r.outcome for r in plant.receipts()} == dict.fromkeys(commands, Outcome.DONE)
    refused = [msgspec.json.decode(e.body)["reason"] for e in entries if e.kind == "refused"]
    assert refused == ["journal down: disk full"]


async def test_a_job_goes_to_its_worker_and_its_step_comes_back_with_the_time_of_its_view(
    plant: Plant,
) -> None:
    workers = InlineWorkers({"one": Obedient("one")}, EmptyPast(), plant.clock, cost_s=0.5)
    reshell(plant, workers=workers)
    workers.submit(job("one", 1000 * S))
    await plant.run(1, meter=0.0)
    assert plant.kernel.state.rungs["one"].rung == "safe", "the site has no loop of that name"
    assert plant.kernel.state.rungs["one"].why == "no such loop"


async def test_nothing_of_the_same_tick_is_read_twice(plant: Plant) -> None:
    await plant.run(1, meter=80.0)
    before = plant.kernel.state.image.at_ns[plant.site.row[METER]]
    await plant.kernel.tick()
    assert plant.kernel.state.image.at_ns[plant.site.row[METER]] == before


async def test_a_loop_in_a_worker_is_timed_to_the_end_of_its_job_not_to_its_collection(
    plant: Plant,
) -> None:
    (name,) = (loop.name for loop in plant.kernel.pipe.loops)
    workers = InlineWorkers({name: Obedient(name)}, EmptyPast(), plant.clock, cost_s=0.5)
    readings = iter([0, 5_000_000, 900_000_000, 900_000_000])  # ns: given, done, collected
    jobs = Jobs(plant.kernel.accounts, lambda: next(readings))
    jobs.submit(workers, (job(name),))
    await plant.clock.sleep_until(plant.clock.now_ns() + S)
    assert [step.agent for step in jobs.collect(workers)] == [name]
    assert plant.kernel.statistics()[name].max_ms == 5.0

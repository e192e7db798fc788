"""Workers in processes of their own: busy ones are left alone, a dead one takes nothing else down."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kernel.pipe.tick import WorkerStep
from kernel.shell.clock import SystemClock, stopwatch_ns
from kernel.shell.supervisor import Supervisor
from kernel.shell.supervisor_flags import Flags
from kernel.shell.worker_life import WorkerLife
from kernel.shell.worker_plan import Duty, WorkerPlan
from kernel.shell.worker_pool import WorkerPool
from kernel.shell.worker_seat import Seat
from tests.unit.kernel.crew import build, job

pytestmark = pytest.mark.system


class Kept:
    """A pool that a supervisor keeps."""

    def __init__(self, **plan: Any) -> None:
        duties = (
            Duty(agent="one", allowed_s=2.0, deadline_s=1.0),
            Duty(agent="two", priority="learning", cpu_s=0.3),
        )
        plans = [WorkerPlan(name="worker 1", duties=duties, build=build, **plan)]
        self.pool = WorkerPool(plans, now_ns=count(70).__next__, stopwatch_ns=stopwatch_ns)
        flags = Flags(intensity=5, period_s=60.0)
        self.supervisor = Supervisor("workers", self.pool.children, SystemClock(), flags, heard=self.heard)

    def heard(self, event: Any) -> None:
        if event.kind == "gave_up":
            self.pool.give_up(event.why)

    async def begin(self) -> None:
        await self.supervisor.start()
        await asyncio.to_thread(self.pool.wait_ready)

    def submit(self, *given: Any) -> None:
        self.pool.submit(*given)

    async def collected(self, number: int, within_s: float = 30.0) -> list[WorkerStep]:
        """Collect until that many steps are there; other processes cannot be asked when they are done."""
        steps: list[WorkerStep] = []
        deadline = time.monotonic() + within_s
        while len(steps) < number and time.monotonic() < deadline:
            steps += self.pool.collect()
            await asyncio.sleep(0.005)
        return steps

    @property
    def pid(self) -> int:
        return self.supervisor.tree().children[0].pid


@pytest.fixture
async def workers() -> AsyncIterator[Kept]:
    made = Kept()
    await made.begin()
    yield made
    await made.supervisor.stop()
    made.pool.close()


async def test_a_process_delivers_the_steps_of_its_agents_and_keeps_their_states(workers: Kept) -> None:
    for _ in range(2):
        workers.submit(job("one", 7))
        workers.submit(job("two", 7))
        steps = await workers.collected(2)
    assert {(s.agent, s.made_at_ns, s.why_rung) for s in steps} == {("one", 7, "2"), ("two", 7, "2")}


async def test_an_agent_that_is_busy_is_not_given_a_second_job(workers: Kept, tmp_path: Path) -> None:
    free = tmp_path / "free"
    workers.submit(job("one", told="work", until=str(free)))
    await asyncio.sleep(0.05)
    workers.submit(job("one"))
    assert workers.pool.collect() == ()
    free.touch()
    assert [step.why_rung for step in await workers.collected(1)] == ["1"]
    assert await workers.collected(1, within_s=0.2) == []


async def test_a_waiting_job_gives_way_to_a_newer_view_and_can_be_cancelled(
    workers: Kept, tmp_path: Path
) -> None:
    free = tmp_path / "free"
    workers.submit(job("one", told="work", until=str(free)))
    await asyncio.sleep(0.05)
    workers.submit(job("two", 7))
    workers.submit(job("two", 8))
    assert not workers.pool.cancel("one"), "its process is at it"
    free.touch()
    steps = await workers.collected(2)
    assert [(step.agent, step.made_at_ns) for step in steps] == [("one", 0), ("two", 8)]
    free.unlink()
    workers.submit(job("one", told="work", until=str(free)))
    await asyncio.sleep(0.05)
    workers.submit(job("two", 9))
    assert workers.pool.cancel("two")
    free.touch()
    assert [step.agent for step in await workers.collected(2, within_s=0.3)] == ["one"]


async def test_an_agent_that_is_restarted_begins_anew_with_its_next_job(workers: Kept) -> None:
    for _ in range(2):
        workers.submit(job("two"))
        await workers.collected(1)
    workers.pool.restart("two")
    for expected in ("1", "2"):
        workers.submit(job("two"))
        assert [step.why_rung for step in await workers.collected(1)] == [expected]


async def test_a_process_that_dies_costs_the_step_it_was_at_and_is_back_within_100_ms(workers: Kept) -> None:
    before = workers.pid
    workers.submit(job("one", 7, told="die"))
    workers.submit(job("two", 7))
    (lost,) = await workers.collected(1)
    gone = time.monotonic()
    while workers.pid in {0, before}:  # noqa: ASYNC110 - the supervisor is what is waited for
        await asyncio.sleep(0.001)
    assert time.monotonic() - gone < 0.1
    assert (lost.agent, lost.rung, lost.made_at_ns) == ("one", "safe", 7)
    assert "worker process" in lost.why_rung
    (fresh,) = await workers.collected(1)
    assert (fresh.agent, fresh.rung, fresh.why_rung) == ("two", "model", "1"), "it waited for the new process"


async def test_a_process_that_keeps_dying_is_given_up_and_its_agents_stand_on_safe(workers: Kept) -> None:
    for _ in range(6):
        workers.submit(job("one", told="die"))
        await workers.collected(1)
    await workers.supervisor.ended()
    workers.submit(job("two", 9))
    (step,) = await workers.collected(1)
    assert step.rung == "safe"
    assert step.condition == "worker_lost"
    assert step.why_rung.startswith("more than 5 restarts in 60 s")
    assert set(workers.pool.lost()) == {"one", "two"}


async def test_an_agent_that_raises_does_not_cost_the_process(workers: Kept) -> None:
    workers.submit(job("one", told="raise"))
    workers.submit(job("two"))
    assert {step.agent: step.rung for step in await workers.collected(2)} == {"one": "safe", "two": "model"}
    workers.submit(job("two"))
    assert [step.why_rung for step in await workers.collected(1)] == ["2"], "same process, same states"


async def test_a_step_that_is_overdue_is_told_then_ended_with_its_process_and_a_new_one_starts(
    workers: Kept,
) -> None:
    workers.submit(job("one", 7, told="loop"))
    workers.submit(job("two", 7))
    await asyncio.sleep(1.2)
    assert workers.pool.overdue() == {"one": "no result within 1 s"}
    (ended, other) = await workers.collected(2)
    assert (ended.agent, ended.rung, ended.made_at_ns) == ("one", "safe", 7)
    assert ended.why_rung == "overdue: one gave no result within 2 s"
    assert (other.agent, other.rung, other.why_rung) == ("two", "model", "1"), "it waited for the new process"


async def test_a_step_beyond_its_cpu_budget_is_broken_off_and_named_and_the_process_lives_on(
    workers: Kept,
) -> None:
    before = workers.pid
    workers.submit(job("two", told="loop"))
    (step,) = await workers.collected(1)
    assert step.rung == "safe"
    assert "CpuBudgetSpent: two took more than 0.3 s of CPU time" in step.why_rung
    assert workers.pid == before
    assert 0.2 < workers.pool.costs()["two"].cpu_s < 2.0


async def test_a_job_that_waits_behind_a_long_one_is_not_overdue(workers: Kept, tmp_path: Path) -> None:
    free = tmp_path / "free"
    workers.submit(job("two", told="work", until=str(free)))
    await asyncio.sleep(0.05)
    workers.submit(job("one"))
    waited = time.monotonic() + 2.2  # longer than `one` is allowed
    while time.monotonic() < waited:
        assert workers.pool.collect() == ()
        await asyncio.sleep(0.05)
    free.touch()
    assert [(s.agent, s.rung) for s in await workers.collected(2)] == [("two", "model"), ("one", "model")]


async def test_agents_of_a_new_process_learn_the_past_as_of_its_start(workers: Kept) -> None:
    workers.submit(job("two", told="past"))
    assert [step.why_rung for step in await workers.collected(1)] == ["70"]
    workers.submit(job("two", told="die"))
    await workers.collected(1)
    workers.submit(job("two", told="past"))
    assert [step.why_rung for step in await workers.collected(1)] == ["71"]


async def test_the_end_of_a_job_is_told_when_it_ends_not_when_it_is_collected(workers: Kept) -> None:
    ended = threading.Event()
    workers.submit(job("two"), ended.set)
    assert await asyncio.to_thread(ended.wait, 30.0)
    assert [step.agent for step in await workers.collected(1)] == ["two"]


async def test_a_process_that_holds_too_much_memory_is_ended_by_name() -> None:
    kept = Kept(memory_mb=8.0)
    await kept.begin()
    kept.submit(job("one", told="loop"))
    (step,) = await kept.collected(1)
    await kept.supervisor.stop()
    assert step.rung == "safe"
    assert "memory: " in step.why_rung
    assert step.why_rung.endswith("MiB held, 8 allowed")


async def test_stopping_ends_a_step_that_would_never_end(workers: Kept) -> None:
    workers.submit(job("two", told="work", until="/never"))
    await asyncio.sleep(0.05)
    child = workers.pid
    await workers.supervisor.stop()
    assert not is_alive(child)


async def test_a_start_that_is_called_off_leaves_no_process_behind() -> None:
    """As where a supervisor is stopped at the very moment when it starts a child again."""
    seat = Seat(WorkerPlan(name="worker 1", duties=(Duty(agent="one"),), build=build), stopwatch_ns)
    life = WorkerLife(seat, lambda: 70, stopwatch_ns)
    start = asyncio.ensure_future(life.start())
    await asyncio.sleep(0)
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    await life.stop()
    assert life.pid
    assert not is_alive(life.pid)


def is_alive(process: int) -> bool:
    """Tell whether a child runs; one that ended has been reaped."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_workers_that_nothing_waits_for_compute_in_spare_time_and_others_beside_the_gateway() -> None:
    for priority, policy in (("learning", os.SCHED_IDLE), ("operation", os.SCHED_OTHER)):
        plan = WorkerPlan(name="worker 1", duties=(Duty(agent="one", priority=priority),), build=build)
        pool = WorkerPool([plan], now_ns=count(70).__next__, stopwatch_ns=stopwatch_ns)
        supervisor = Supervisor("workers", pool.children, SystemClock())
        await supervisor.start()
        try:
            await asyncio.to_thread(pool.wait_ready)
            assert os.sched_getscheduler(supervisor.tree().children[0].pid) == policy
        finally:
            await supervisor.stop()
            pool.close()

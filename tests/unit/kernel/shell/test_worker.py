"""Workers under the virtual clock: results come after their cost, and a failing agent fails alone."""

from __future__ import annotations

import pytest

from kernel.shell.clock import VirtualClock
from kernel.shell.worker import InlineWorkers
from tests.unit.kernel.crew import build, job

S = 1_000_000_000


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(start_ns=100 * S)


@pytest.fixture
def workers(clock: VirtualClock) -> InlineWorkers:
    return InlineWorkers(*build(), clock, cost_s=2.0)


async def test_a_result_arrives_after_its_declared_cost_and_not_before(
    workers: InlineWorkers, clock: VirtualClock
) -> None:
    workers.submit(job("one", 100 * S))
    await clock.sleep_until(102 * S - 1)
    assert workers.collect() == ()
    await clock.sleep_until(102 * S)
    (step,) = workers.collect()
    assert (step.agent, step.made_at_ns, step.rung) == ("one", 100 * S, "model")
    assert workers.collect() == ()


async def test_results_come_in_the_order_of_submission(workers: InlineWorkers, clock: VirtualClock) -> None:
    workers.submit(job("two"))
    workers.submit(job("one"))
    await clock.sleep_until(200 * S)
    assert [step.agent for step in workers.collect()] == ["two", "one"]


async def test_an_agent_that_is_busy_is_not_given_a_second_job(
    workers: InlineWorkers, clock: VirtualClock
) -> None:
    workers.submit(job("one"))
    workers.submit(job("one"))
    await clock.sleep_until(200 * S)
    assert [step.why_rung for step in workers.collect()] == ["1"]
    workers.submit(job("one"))
    await clock.sleep_until(300 * S)
    assert [step.why_rung for step in workers.collect()] == ["2"]


async def test_an_agent_that_fails_stands_on_safe_and_the_others_go_on(
    workers: InlineWorkers, clock: VirtualClock
) -> None:
    workers.submit(job("one", told="raise"))
    workers.submit(job("two"))
    await clock.sleep_until(200 * S)
    failed, fine = workers.collect()
    assert (failed.agent, failed.rung) == ("one", "safe")
    assert failed.why_rung.startswith("agent failed: ValueError: as told (crew.py:")
    assert (fine.agent, fine.rung) == ("two", "model")


def test_what_has_not_arrived_at_the_end_is_forgotten(workers: InlineWorkers) -> None:
    workers.submit(job("one"))
    workers.close()
    assert workers.collect() == ()

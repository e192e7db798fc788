"""Workers in a process of their own: busy ones are left alone, a dead one takes nothing else down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.tick import WorkerStep
from kernel.worker import ProcessWorkers
from tests.unit.kernel.crew import build, job

pytestmark = pytest.mark.system


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    made = ProcessWorkers(build)
    made.wait_ready()
    yield made
    made.close()


def collected(workers: ProcessWorkers, count: int, within_s: float = 30.0) -> list[WorkerStep]:
    """Collect until that many steps are there; other processes cannot be asked when they are done."""
    steps: list[WorkerStep] = []
    deadline = time.monotonic() + within_s
    while len(steps) < count and time.monotonic() < deadline:
        steps += workers.collect()
    return steps


def test_a_process_delivers_the_steps_of_its_agents_and_keeps_their_states(workers: ProcessWorkers) -> None:
    for _ in range(2):
        workers.submit(job("one", 7))
        workers.submit(job("two", 7))
        steps = collected(workers, 2)
    assert {(s.agent, s.made_at_ns, s.why_rung) for s in steps} == {("one", 7, "2"), ("two", 7, "2")}


def test_an_agent_that_is_busy_is_not_given_a_second_job(workers: ProcessWorkers, tmp_path: Path) -> None:
    free = tmp_path / "free"
    workers.submit(job("one", told="work", until=str(free)))
    workers.submit(job("one"))
    assert workers.collect() == ()
    free.touch()
    assert [step.why_rung for step in collected(workers, 1)] == ["1"]
    workers.submit(job("one"))
    assert [step.why_rung for step in collected(workers, 1)] == ["2"]


def test_a_process_that_dies_puts_its_agents_on_safe_and_the_next_job_finds_a_new_one(
    workers: ProcessWorkers,
) -> None:
    workers.submit(job("one", 7, told="die"))
    workers.submit(job("two", 7))
    steps = {step.agent: step for step in collected(workers, 2)}
    assert {agent: (s.rung, s.made_at_ns) for agent, s in steps.items()} == {
        "one": ("safe", 7),
        "two": ("safe", 7),
    }
    assert "worker process" in steps["one"].why_rung
    workers.submit(job("two", 8))
    (fresh,) = collected(workers, 1)
    assert (fresh.rung, fresh.why_rung) == ("model", "1"), "its agents have started from the past again"


def test_an_agent_that_raises_does_not_cost_the_process(workers: ProcessWorkers) -> None:
    workers.submit(job("one", told="raise"))
    workers.submit(job("two"))
    assert {step.agent: step.rung for step in collected(workers, 2)} == {"one": "safe", "two": "model"}
    workers.submit(job("two"))
    assert [step.why_rung for step in collected(workers, 1)] == ["2"], "the same process, the same states"

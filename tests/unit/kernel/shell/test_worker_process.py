"""Workers in a process of their own: busy ones are left alone, a dead one takes nothing else down."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from kernel.pipe.tick import WorkerStep
from kernel.shell.clock import stopwatch_ns
from kernel.shell.worker import ProcessWorkers
from tests.unit.kernel.crew import build, job

pytestmark = pytest.mark.system


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    made = ProcessWorkers(build, now_ns=count(70).__next__, stopwatch_ns=stopwatch_ns, allowed_s={"one": 2.0})
    made.wait_ready()
    yield made
    made.close()


def collected(workers: ProcessWorkers, number: int, within_s: float = 30.0) -> list[WorkerStep]:
    """Collect until that many steps are there; other processes cannot be asked when they are done."""
    steps: list[WorkerStep] = []
    deadline = time.monotonic() + within_s
    while len(steps) < number and time.monotonic() < deadline:
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


def test_a_step_that_is_overdue_is_ended_with_its_process_and_a_new_one_starts(
    workers: ProcessWorkers,
) -> None:
    workers.submit(job("one", 7, told="loop"))
    workers.submit(job("two", 7))
    steps = {step.agent: step for step in collected(workers, 2)}
    assert {agent: (s.rung, s.made_at_ns) for agent, s in steps.items()} == {
        "one": ("safe", 7),
        "two": ("safe", 7),
    }
    assert {s.why_rung for s in steps.values()} == {"overdue: one gave no result within 2 s"}
    workers.submit(job("one", 8))
    (fresh,) = collected(workers, 1)
    assert (fresh.rung, fresh.why_rung) == ("model", "1")


def test_a_job_that_waits_behind_a_long_one_is_not_overdue(workers: ProcessWorkers, tmp_path: Path) -> None:
    free, done = tmp_path / "free", tmp_path / "done"
    workers.submit(job("two", told="work", until=str(free)))
    workers.submit(job("one", told="work", until=str(done)))
    waited = time.monotonic() + 2.2  # longer than `one` is allowed
    while time.monotonic() < waited:
        assert workers.collect() == ()
    free.touch()
    assert [(step.agent, step.rung) for step in collected(workers, 1)] == [("two", "model")]
    assert workers.collect() == (), "its time has just begun"
    done.touch()
    assert [(step.agent, step.rung) for step in collected(workers, 1)] == [("one", "model")]


def test_agents_of_a_new_process_learn_the_past_as_of_its_start(workers: ProcessWorkers) -> None:
    workers.submit(job("two", told="past"))
    assert [step.why_rung for step in collected(workers, 1)] == ["70"]
    workers.submit(job("two", told="die"))
    collected(workers, 1)
    workers.submit(job("two", told="past"))
    assert [step.why_rung for step in collected(workers, 1)] == ["71"]


def test_the_end_of_a_job_is_told_when_it_ends_not_when_it_is_collected(workers: ProcessWorkers) -> None:
    ended = threading.Event()
    workers.submit(job("two"), ended.set)
    assert ended.wait(30.0)
    assert [step.agent for step in collected(workers, 1)] == ["two"]


def test_closing_ends_a_step_that_would_never_end() -> None:
    workers = ProcessWorkers(build, now_ns=count().__next__, stopwatch_ns=stopwatch_ns)
    workers.wait_ready()
    workers.submit(job("one", told="loop"))
    (child,) = workers._pool._processes
    workers.close()
    end = time.monotonic() + 10.0
    while is_alive(child) and time.monotonic() < end:
        pass
    assert not is_alive(child)


def is_alive(process: int) -> bool:
    """Tell whether a child runs; one that ended is reaped by the executor."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

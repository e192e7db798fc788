"""The queue of a worker: class first, then deadline; nobody is forgotten, nobody waits in vain."""

from __future__ import annotations

from itertools import count

from kernel.shell.worker_plan import Duty, WorkerPlan
from kernel.shell.worker_seat import Given, Seat
from tests.unit.kernel.crew import build, job


class Watch:
    """The stopwatch, by hand."""

    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def given(agent: str, priority: str, deadline_s: float, numbers: count[int]) -> Given:
    duty = Duty(agent=agent, priority=priority, deadline_s=deadline_s)
    return Given(job=job(agent), duty=duty, number=next(numbers), given_ns=0, heard=lambda: None)


def seat(watch: Watch | None = None) -> Seat:
    return Seat(WorkerPlan(name="worker 1", duties=(), build=build), watch or Watch())


def test_waiting_jobs_go_by_class_then_deadline_then_order() -> None:
    numbers, made = count(), seat()
    for agent, priority, deadline_s in (
        ("tidy", "housekeeping", 1.0),
        ("late", "operation", 900.0),
        ("learn", "learning", 5.0),
        ("soon", "operation", 60.0),
        ("next", "operation", 60.0),
    ):
        made.submit(given(agent, priority, deadline_s, numbers))
    order = []
    for _ in range(5):
        taken = made.take(lambda: False)
        assert taken is not None
        order.append(taken.job.agent)
    assert order == ["soon", "next", "late", "learn", "tidy"]


def test_results_are_overdue_after_their_deadline_whether_they_wait_or_are_worked_at() -> None:
    watch, numbers = Watch(), count()
    made = seat(watch)
    made.submit(given("one", "operation", 1.0, numbers))
    made.submit(given("two", "operation", 2.0, numbers))
    made.take(lambda: False)
    assert made.overdue() == {}
    watch.now_ns = 1_500_000_000
    assert made.overdue() == {"one": "no result within 1 s"}
    watch.now_ns = 2_500_000_000
    assert set(made.overdue()) == {"one", "two"}


def test_a_seat_that_was_given_up_answers_every_job_with_safe() -> None:
    numbers, made = count(), seat()
    made.submit(given("one", "operation", 1.0, numbers))
    made.give_up("too many restarts")
    made.submit(given("two", "operation", 1.0, numbers))
    steps = [step for _, step in made.collect()]
    assert [(s.agent, s.rung, s.condition, s.why_rung) for s in steps] == [
        ("one", "safe", "worker_lost", "too many restarts"),
        ("two", "safe", "worker_lost", "too many restarts"),
    ]
    assert made.ready.is_set(), "nobody waits for a process that does not come"

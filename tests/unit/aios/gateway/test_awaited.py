"""Who is awaited is seen on the ladder from tick to tick, and no longer than until the workers are ready."""

from __future__ import annotations

from typing import Any

from aios.gateway.awaited import Awaited
from kernel.shell.inbox import Inbox
from kernel.shell.worker_plan import Duty, WorkerPlan
from kernel.shell.worker_pool import WorkerPool
from tests.unit.kernel.crew import build

NOTHING: Any = None


def pool() -> WorkerPool:
    plans = [
        WorkerPlan(name=f"worker {number}", duties=(Duty(agent=agent),), build=build)
        for number, agent in enumerate(("one", "two"), 1)
    ]
    return WorkerPool(plans, now_ns=lambda: 0, stopwatch_ns=lambda: 0)


def seen(awaited: Awaited, inbox: Inbox) -> set[tuple[str, str]]:
    awaited.heard(NOTHING, NOTHING)
    return {(one.agent, one.condition) for one in inbox.take().conditions}


def test_agents_are_seen_to_warm_up_until_their_process_has_made_them() -> None:
    workers, inbox = pool(), Inbox()
    awaited = Awaited(workers)
    awaited.heard(NOTHING, NOTHING)  # before anybody listens: nothing happens
    awaited.begin(inbox)
    assert seen(awaited, inbox) == {("one", "warming_up"), ("two", "warming_up")}
    workers._seats[0].ready.set()
    assert seen(awaited, inbox) == {("two", "warming_up")}
    workers._seats[1].ready.set()
    assert seen(awaited, inbox) == set()
    assert workers.awaited() == ()


def test_a_worker_that_was_given_up_is_waited_for_by_nobody() -> None:
    workers, inbox = pool(), Inbox()
    awaited = Awaited(workers)
    awaited.begin(inbox)
    workers.give_up("more than 5 restarts in 60 s")
    assert seen(awaited, inbox) == set()

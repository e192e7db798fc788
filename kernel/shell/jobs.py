"""Jobs: work for agents off the tick, timed from its begin to its end, whenever its result is collected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kernel.pipe.tick import Job, WorkerStep
from kernel.schedule.accounts import Accounts
from kernel.shell.worker import Workers


class Jobs:
    """Hands jobs to the workers and takes their steps back."""

    def __init__(self, accounts: Accounts, stopwatch_ns: Callable[[], int]) -> None:
        """Time jobs into accounts."""
        self._accounts = accounts
        self._stopwatch_ns = stopwatch_ns
        self._submitted_ns: dict[str, int] = {}
        self._finished_ns: dict[str, tuple[int, int]] = {}

    def submit(self, workers: Workers, jobs: Sequence[Job]) -> None:
        """Hand jobs over."""
        for job in jobs:
            begin_ns = self._submitted_ns.setdefault(job.agent, self._stopwatch_ns())
            workers.submit(job, partial(self._finished, job.agent, begin_ns))

    def _finished(self, agent: str, begin_ns: int) -> None:
        """Note when a job ended, from whatever thread; the next collection may come a whole tick later."""
        self._finished_ns[agent] = begin_ns, self._stopwatch_ns()

    def is_at_work(self, agent: str) -> bool:
        """Tell whether an agent's job is under way."""
        return agent in self._submitted_ns

    def collect(self, workers: Workers) -> tuple[WorkerStep, ...]:
        """Return the steps that have arrived, and account for the time of their jobs."""
        steps = workers.collect()
        for step in steps:
            begin_ns = self._submitted_ns.pop(step.agent, None)
            noted_ns, end_ns = self._finished_ns.get(step.agent, (None, 0))
            account = self._accounts.loops.get(step.agent)
            if begin_ns is not None and account is not None:
                account.cost.add((end_ns if noted_ns == begin_ns else self._stopwatch_ns()) - begin_ns)
        return steps

"""The worker processes of a site: who works where, within which budgets."""

from __future__ import annotations

from typing import Final

from kernel.schedule.loop import ON_THE_LOOP
from kernel.shell.worker import Build
from kernel.shell.worker_plan import Duty, WorkerPlan, spread
from kernel.site import LoopSpec, Site

SHORTEST_ALLOWED_S: Final = 10.0
"""Real seconds that any step in a worker may take, however short its deadline."""
METER: Final = "edge.forecasting.compiled:compilations"
"""What counts compilations in a worker."""


def worker_plans(site: Site, build: Build, factor: float) -> tuple[WorkerPlan, ...]:
    """Lay the slow loops of a site out over its worker processes.

    Args:
        site: how many processes there are, and what they may hold, stands in `[workers]`.
        build: makes the agents in a process.
        factor: of the clock; deadlines are operational, budgets real seconds.
    """
    duties = [_duty(loop, factor) for loop in site.loops if loop.priority not in ON_THE_LOOP]
    return tuple(
        WorkerPlan(
            name=f"worker {number}",
            duties=seat,
            build=build,
            memory_mb=site.workers.memory_mb,
            meter=METER,
        )
        for number, seat in enumerate(spread(duties, site.workers.processes), 1)
        if seat
    )


def _duty(loop: LoopSpec, factor: float) -> Duty:
    return Duty(
        agent=loop.agent,
        priority=loop.priority,
        deadline_s=loop.deadline_s / factor,
        allowed_s=allowed_s(loop.deadline_s, factor),
        cpu_s=allowed_s(loop.deadline_s, factor),
    )


def allowed_s(deadline_s: float, factor: float) -> float:
    """Return the real seconds that a step may take before its process is ended.

    Its deadline at the clock's factor, and not less than a busy machine may need.

    >>> allowed_s(60.0, 1.0), allowed_s(60.0, 1440.0)
    (60.0, 10.0)
    """
    return max(SHORTEST_ALLOWED_S, deadline_s / factor)

"""The process table: every agent as it stands, for `aios ps` and `aios top`."""

from __future__ import annotations

import os
from collections.abc import Iterator

from kernel.schedule.statistics import LoopStatistics
from kernel.schedule.turn import Turn
from kernel.shell.kernel import Kernel
from kernel.shell.wire import BlockedPlace, Branch, Leaf, Processes, ProcessState
from kernel.shell.worker_pool import WorkerCost, WorkerPool


def process_table(kernel: Kernel, tree: Branch | None, blocked: dict[str, int]) -> Processes:
    """Return all agents with what they cost and missed, and what has blocked the loop."""
    workers = kernel.shell.workers
    pool = workers if isinstance(workers, WorkerPool) else None
    pids = {} if pool is None else pool.pids()
    costs = {} if pool is None else pool.costs()
    lives = {leaf.pid: leaf.restarts for leaf in _leaves(tree) if leaf.pid}
    rows = []
    for name, turn in kernel.scheduler.turns.items():
        pid = pids.get(name, 0) if turn.loop.in_worker else os.getpid()
        restarts = kernel.turns.restarts[name] + (lives.get(pid, 0) if turn.loop.in_worker else 0)
        statistics = kernel.accounts.loops[name].statistics(turn)
        rows.append(_row(kernel, turn, statistics, pid=pid, restarts=restarts, worker=costs.get(name)))
    return Processes(
        now_ns=kernel.shell.clock.now_ns(),
        agents=tuple(rows),
        blocked=tuple(BlockedPlace(place=place, count=count) for place, count in sorted(blocked.items())),
    )


def _row(
    kernel: Kernel,
    turn: Turn,
    statistics: LoopStatistics,
    *,
    pid: int,
    restarts: int,
    worker: WorkerCost | None,
) -> ProcessState:
    loop, rung = turn.loop, kernel.state.rungs.get(turn.loop.name)
    return ProcessState(
        agent=loop.name,
        priority=loop.priority,
        period_s=loop.period_s,
        phase_s=loop.phase_s,
        deadline_s=loop.deadline_s,
        state=_state(kernel, turn),
        rung=rung.rung if rung is not None else "",
        why=rung.why if rung is not None else "",
        where="worker" if loop.in_worker else "loop",
        pid=pid,
        runs=statistics.runs,
        misses=statistics.misses,
        skipped=statistics.skipped,
        overruns=statistics.overruns,
        restarts=restarts,
        cpu_percent=_cpu_percent(kernel, turn, statistics, worker),
        p50_ms=statistics.p50_ms,
        p95_ms=statistics.p95_ms,
        p99_ms=statistics.p99_ms,
        max_ms=statistics.max_ms,
        jitter_p99_ms=statistics.jitter_p99_ms,
        jitter_max_ms=statistics.jitter_max_ms,
    )


def _state(kernel: Kernel, turn: Turn) -> str:
    """Say in one word how an agent is: suspended, degraded, running (its worker is at it) or ready."""
    name = turn.loop.name
    if name in kernel.state.suspended:
        return "suspended"
    rung = kernel.state.rungs.get(name)
    if turn.words or (rung is not None and rung.rung != "model"):
        return "degraded"
    return "running" if kernel.jobs.is_at_work(name) else "ready"


def _cpu_percent(kernel: Kernel, turn: Turn, statistics: LoopStatistics, worker: WorkerCost | None) -> float:
    """Return the share of one core: of its steps since the start, in a worker of its last one a period."""
    if turn.loop.in_worker:
        real_s = turn.loop.period_s / (kernel.shell.clock.factor or 1.0)
        return 100.0 * worker.cpu_s / real_s if worker is not None else 0.0
    lived_ms = (kernel.shell.stopwatch_ns() - kernel.turns.begun_ns) / 1e6
    return 100.0 * statistics.total_ms / lived_ms if lived_ms > 0.0 else 0.0


def _leaves(tree: Branch | None) -> Iterator[Leaf]:
    for leaf in tree.children if tree is not None else ():
        yield leaf
        yield from _leaves(leaf.family)

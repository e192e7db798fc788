"""The worker process: makes its agents, then steps one after the other as it is told, within their budgets.

It talks over one socket that it inherits, and ends when that is closed or its parent is gone. What it prints
goes to the log. CPU time is limited by a timer of the process (`ITIMER_PROF`), so a step that is at it for
too
long is broken off where Python next looks; memory is watched from outside, since limits of address space
(`RLIMIT_AS`) hit the compiler and the numerical libraries, which reserve much more than they use.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Final

from kernel.image import View
from kernel.pipe.tick import WorkerStep
from kernel.shell.orphan import end_with
from kernel.shell.worker import Bench
from kernel.shell.worker_plan import WorkerPlan

FIRST_TO_GO: Final = 800
"""Where memory runs out, the system ends a worker before the gateway (oom_score_adj, -1000 to 1000)."""


class CpuBudgetSpent(Exception):
    """A step took more CPU time than its loop may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """First word to a process: what it is for."""

    plan: WorkerPlan
    now_ns: int
    """Operational time at which its agents learn the past."""
    parent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Step one agent."""

    agent: str
    view: View
    anew: bool = False
    """Whether the agent begins anew first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What a step gave, and what it cost."""

    step: WorkerStep
    cpu_s: float
    """CPU time of the step, seconds."""
    peak_mb: float
    """Highest resident memory of the process so far, MiB."""
    compiled: int
    """Functions that were compiled in the step: none, once a process is warm."""


@contextlib.contextmanager
def cpu_budget(agent: str, seconds: float) -> Iterator[None]:
    """Break off what runs inside when it has taken so much CPU time; 0 sets no limit.

    Raises:
        CpuBudgetSpent: it had.
    """

    def spent(_number: int, _frame: FrameType | None) -> None:
        raise CpuBudgetSpent(f"{agent} took more than {seconds:g} s of CPU time")

    if not seconds:
        yield
        return
    before = signal.signal(signal.SIGPROF, spent)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def meter_of(name: str) -> Callable[[], int]:
    """Return the function that counts compilations."""
    if not name:
        return lambda: 0
    module, _, function = name.partition(":")
    found: Callable[[], int] = getattr(importlib.import_module(module), function)
    return found


def work(bench: Bench, plan: WorkerPlan, count: Callable[[], int], told: Work) -> Worked:
    """Step one agent within its CPU budget, and say what it cost."""
    if told.anew:
        bench.restart(told.agent)
    before_s, compiled = _cpu_s(), count()
    with cpu_budget(told.agent, plan.duty(told.agent).cpu_s):
        step = bench.work(told.agent, told.view)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Worked(
        step=step,
        cpu_s=_cpu_s() - before_s,
        peak_mb=usage.ru_maxrss / 1024,
        compiled=count() - compiled,
    )


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def serve(channel: Connection) -> None:
    """Be one worker until the channel is closed."""
    begin = channel.recv()
    end_with(begin.parent)
    plan: WorkerPlan = begin.plan
    with contextlib.suppress(OSError):  # a unit may forbid it; then it computes as urgently as the gateway
        os.nice(plan.niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))
    bench = Bench(*plan.build(begin.now_ns), only=[duty.agent for duty in plan.duties])
    count = meter_of(plan.meter)
    if plan.in_spare_time:
        _yield_to_all()
    channel.send(True)  # noqa: FBT003 - the word for being ready
    while True:
        channel.send(work(bench, plan, count, channel.recv()))


def _yield_to_all() -> None:
    """Compute only in what time all others leave, from the first step on: the start is waited for.

    A process of policy SCHED_IDLE gives its core to any other that wakes up, at once, and a core that runs
    only such processes counts as free (sched(7)). Behind niceness alone a wake-up waits for a slice to end.
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main(descriptor: int) -> None:
    """Serve on an inherited socket; its first frame says where modules are found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends its workers in order
    with socket.socket(fileno=descriptor) as inherited, Connection(inherited.detach()) as channel:
        for place in channel.recv():
            if place not in sys.path:
                sys.path.append(place)
        with contextlib.suppress(EOFError, ConnectionError):
            serve(channel)

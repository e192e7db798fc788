"""The process table for people: asked over the gateway's socket, laid out for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column, Table

from aios.local import ask_for
from kernel.shell.wire import GetProcesses, Processes, ProcessState

WIDE: Final = 110
"""Characters that a table needs to show names and process ids whole."""


def read_processes(root: Path) -> Processes:
    """Ask the gateway of a folder for its process table.

    Raises:
        GatewayAway: none answers there, or it is of another version.
    """
    return ask_for(root, GetProcesses(), Processes, "process table")


def ps_table(processes: Processes) -> Table:
    """Lay out what `aios ps` shows; times in seconds: period, phase and deadline."""
    table = _table("class", "T/phase/D s", "state", "rung", "where", "runs", "missed", "restarts", "CPU %")
    for one in processes.agents:
        times = f"{one.period_s:g}/{one.phase_s:g}/{one.deadline_s:g}"
        where = f"{one.where} {one.pid}" if one.pid else one.where
        counts = (str(one.runs), str(one.misses), str(one.restarts), f"{one.cpu_percent:.1f}")
        table.add_row(one.agent, one.priority, times, one.state, one.rung or "-", where, *counts)
    return table


def top_view(processes: Processes) -> RenderableType:
    """Lay out what `aios top` shows: durations of steps, start jitter, misses, and what blocked the loop."""
    table = _table(
        *("state", "rung", "CPU %", "p50", "p95", "p99", "max", "jitter"),
        *("missed", "skipped", "overran", "restarts"),
    )
    for one in processes.agents:
        table.add_row(one.agent, one.state, one.rung or "-", *_figures(one))
    lines = ["p50 to max of a step, jitter: 99 of 100 starts after the release, in milliseconds"]
    lines += [f"{one.agent}: {one.why}" for one in processes.agents if one.state == "degraded" and one.why]
    lines += [f"the loop was blocked {one.count} times at {one.place}" for one in processes.blocked]
    return Group(table, *lines)


def _table(*heads: str) -> Table:
    """Begin a table of agents that is narrow enough for most terminals."""
    return Table(*(Column(head, no_wrap=True) for head in ("agent", *heads)), box=None, padding=(0, 1, 0, 0))


def _figures(one: ProcessState) -> tuple[str, ...]:
    spans = (one.p50_ms, one.p95_ms, one.p99_ms, one.max_ms, one.jitter_p99_ms)
    counts = (one.misses, one.skipped, one.overruns, one.restarts)
    return (f"{one.cpu_percent:.1f}", *(f"{span:.2f}" for span in spans), *map(str, counts))

"""Collecting the metrics of a gateway; figures only, their meaning stands in `edge.metric_families`."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from edge.bus_table import briefs, lines_of
from edge.metric_families import QUANTILES
from edge.tally import Tally
from kernel.alarm import PRIORITIES, AlarmState
from kernel.ladder import Level
from kernel.point import NANOSECONDS
from kernel.quality import INVALID, QUESTIONABLE, VALIDITY
from kernel.schedule.statistics import Durations, LoopStatistics
from kernel.shell.kernel import Kernel
from kernel.shell.loop_watch import LOOP_BLOCKED
from kernel.shell.queues import QueueState
from kernel.shell.wire import Branch, Sample

Queues = Callable[[], Iterable[QueueState]]
_MS: Final = 1e3


async def collect(
    kernel: Kernel, tally: Tally, tree: Branch | None, queues: Iterable[Queues]
) -> tuple[Sample, ...]:
    """Return every figure as it stands now.

    Percentiles of thousands of durations take their time: between two loops the tick may have its turn.
    """
    samples = [*_ticks(kernel, tally), *_clock(kernel), *_state(kernel), *_decided(tally), *_process()]
    for name, account in kernel.accounts.loops.items():
        await asyncio.sleep(0)
        samples += _loop(name, account.statistics(kernel.scheduler.turns[name]))
    for source in (kernel.queues, *queues):
        samples += (sample for queue in source() for sample in _queue(queue))
    samples += _buses(kernel)
    failures = kernel.outages.failures
    samples += _by("aios_failures_total", "what", failures)
    samples.append(Sample("aios_event_loop_blocked_total", failures[LOOP_BLOCKED]))
    return (*samples, *_children(tree))


def _ticks(kernel: Kernel, tally: Tally) -> Iterator[Sample]:
    accounts, site = kernel.accounts, kernel.pipe.site
    yield Sample("aios_base_tick_seconds", site.base_tick_s)
    tick = accounts.tick.statistics()
    yield Sample("aios_ticks_total", tick.runs)
    yield Sample("aios_ticks_skipped_total", tally.skipped)
    yield Sample("aios_tick_duration_max_seconds", tick.max_ms / _MS)
    yield Sample("aios_tick_deadline_misses_total", tick.misses)
    yield from _summary("aios_tick_duration_seconds", accounts.tick)
    yield from _summary("aios_tick_late_seconds", tally.late)
    yield from _summary("aios_decision_latency_seconds", accounts.decision)
    yield from _summary("aios_commit_duration_seconds", accounts.commit)


def _clock(kernel: Kernel) -> Iterator[Sample]:
    clock = kernel.shell.clock
    state = clock.state()
    yield Sample("aios_clock_factor", clock.factor)
    yield Sample("aios_clock_synchronised", float(state == "synchronised"), {"state": state})


def _state(kernel: Kernel) -> Iterator[Sample]:
    state = kernel.state
    validity = state.image.quality & VALIDITY
    questionable = int(np.count_nonzero(validity == QUESTIONABLE))
    invalid = int(np.count_nonzero(validity == INVALID))
    good = len(validity) - questionable - invalid
    yield from _by(
        "aios_points", "validity", {"good": good, "questionable": questionable, "invalid": invalid}
    )
    for agent, rung in sorted(state.rungs.items()):
        yield Sample("aios_agent_rung", 1.0, {"agent": agent, "rung": rung.rung})
        yield Sample("aios_rung", float(Level.of(rung.rung)), {"agent": agent})
    standing = Counter(one.state for one in state.alarms.values())
    yield from _by(
        "aios_alarms_standing",
        "state",
        {one.value: standing[one] for one in AlarmState if one is not AlarmState.NORMAL},
    )
    yield Sample("aios_alarms_unjudged", sum(one.blind for one in state.alarms.values()))
    if state.canary is not None:
        age_ns = kernel.shell.clock.now_ns() - state.canary.since_ns
        yield Sample("aios_alarm_canary_age_seconds", age_ns / NANOSECONDS)
    yield Sample("aios_commands_open", len(state.in_flight))
    yield Sample("aios_gate_up", float(not state.gate_failure))
    yield Sample("aios_journal_up", float(not state.journal_failure))


def _decided(tally: Tally) -> Iterator[Sample]:
    yield from _by("aios_commands_total", "authority", tally.commands)
    yield from _by("aios_commands_ended_total", "outcome", tally.ended)
    yield from _by("aios_decisions_refused_total", "kind", tally.refused)
    yield from _by("aios_expectations_total", "seen", tally.expectations)
    yield from _by("aios_alarms_total", "priority", {str(one): tally.alarms[one] for one in PRIORITIES})
    yield Sample("aios_gate_failures_total", tally.gate_failures)
    yield Sample("aios_journal_failures_total", tally.journal_failures)


def _process() -> Iterator[Sample]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield Sample("aios_gateway_cpu_seconds_total", used.ru_utime + used.ru_stime)
    yield Sample("aios_gateway_resident_bytes", used.ru_maxrss * 1024.0)  # Linux gives KiB


def _loop(name: str, told: LoopStatistics) -> Iterator[Sample]:
    labels = {"loop": name}
    yield Sample("aios_loop_runs_total", told.runs, labels)
    yield Sample("aios_loop_deadline_misses_total", told.misses, labels)
    yield Sample("aios_loop_releases_lost_total", told.lost, labels)
    yield Sample("aios_loop_releases_skipped_total", told.skipped, labels)
    yield Sample("aios_loop_overruns_total", told.overruns, labels)
    yield Sample("aios_loop_start_jitter_p99_seconds", told.jitter_p99_ms / _MS, labels)
    yield Sample("aios_loop_response_p99_seconds", told.response_p99_ms / _MS, labels)
    yield from _quantiles("aios_loop_step_seconds", told, told.total_ms / _MS, labels)


def _summary(name: str, durations: Durations) -> Iterator[Sample]:
    yield from _quantiles(name, durations.statistics(), durations.total_ns / NANOSECONDS, {})


def _quantiles(name: str, told: LoopStatistics, total_s: float, labels: dict[str, str]) -> Iterator[Sample]:
    figures = (told.p50_ms, told.p95_ms, told.p99_ms)
    for quantile, figure in zip(QUANTILES, figures, strict=True):
        yield Sample(name, figure / _MS, {**labels, "quantile": quantile})
    yield Sample(f"{name}_sum", total_s, labels)
    yield Sample(f"{name}_count", told.runs, labels)


def _queue(queue: QueueState) -> Iterator[Sample]:
    labels = {"queue": queue.name}
    yield Sample("aios_queue_depth", queue.depth, labels)
    yield Sample("aios_queue_bound", queue.bound, labels)
    yield Sample("aios_queue_dropped_total", queue.dropped, labels)


def _buses(kernel: Kernel) -> Iterator[Sample]:
    """Tell of every device, and of every wire that is shared."""
    buses, now_ns = kernel.shell.buses, kernel.shell.clock.now_ns()
    for one in briefs(buses, now_ns):
        labels = {"device": one.device}
        yield Sample(
            "aios_device_up", float(one.state not in {"away", "new"}), {**labels, "state": one.state}
        )
        yield Sample("aios_device_scans_lost_total", one.lost, labels)
        yield Sample("aios_device_stretch", one.stretch, labels)
        if one.reached_s is not None:
            yield Sample("aios_device_scan_interval_seconds", one.reached_s, labels)
    for line in lines_of(buses):
        wire = {"line": line.line}
        yield Sample("aios_line_waiting", line.waiting, wire)
        yield Sample("aios_line_busy_ratio", line.busy_percent / 100.0, wire)
        yield Sample("aios_line_failing_ratio", line.failing_percent / 100.0, wire)


def _children(tree: Branch | None) -> Iterator[Sample]:
    """Walk the tree of what is supervised."""
    for leaf in () if tree is None else tree.children:
        if leaf.family is not None:
            yield from _children(leaf.family)
            continue
        labels = {"supervisor": tree.name if tree else "", "child": leaf.name}
        yield Sample("aios_restarts_total", leaf.restarts, labels)
        yield Sample("aios_child_up", float(leaf.state == "running"), labels)


def _by(name: str, label: str, counts: Mapping[str, int]) -> Iterator[Sample]:
    for value, count in sorted(counts.items()):
        yield Sample(name, count, {label: value})

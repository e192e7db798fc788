"""The process table: every agent with its state, its times and its worker."""

from __future__ import annotations

import msgspec


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """One agent as the process table shows it; durations in milliseconds of real time."""

    agent: str
    priority: str
    """Its class."""
    period_s: float
    phase_s: float
    deadline_s: float
    state: str
    """ready, running, suspended or degraded."""
    rung: str
    """Empty before it has stepped."""
    why: str
    """Why it stands on that rung."""
    where: str
    """loop or worker."""
    pid: int
    """Process id; 0 where its worker has none."""
    runs: int
    misses: int
    """Outputs that came after the deadline, and releases that never ran."""
    skipped: int
    """Releases that were given up after an overrun."""
    overruns: int
    restarts: int
    cpu_percent: float
    """Of one core."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    jitter_p99_ms: float
    """From the release to the begin of the step."""
    jitter_max_ms: float


class BlockedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the event loop was held for too long, and how often."""

    place: str
    count: int


class Processes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process table of a gateway."""

    now_ns: int
    agents: tuple[ProcessState, ...]
    blocked: tuple[BlockedPlace, ...] = ()

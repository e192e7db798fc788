"""Statistics of a loop: how long its ticks took, and how many came too late."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

KEPT: Final = 65_536
"""Durations that percentiles are taken over: the newest."""


class LoopStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in milliseconds of real time."""

    runs: int
    misses: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Durations:
    """Counts runs and keeps their durations."""

    def __init__(self, *, deadline_ns: float) -> None:
        """Count a run as missed when it took longer than `deadline_ns` real nanoseconds."""
        self._deadline_ns = deadline_ns
        self._kept = np.zeros(KEPT, dtype=np.int64)
        self._runs = self._misses = self._max_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one run."""
        self._kept[self._runs % KEPT] = duration_ns
        self._runs += 1
        self._misses += duration_ns > self._deadline_ns
        self._max_ns = max(self._max_ns, duration_ns)

    def statistics(self) -> LoopStatistics:
        """Return counts and percentiles until now.

        >>> durations = Durations(deadline_ns=2e6)
        >>> durations.add(1_000_000); durations.add(3_000_000)
        >>> durations.statistics().misses
        1
        """
        kept = self._kept[: min(self._runs, KEPT)]
        p50, p95, p99 = np.percentile(kept, [50, 95, 99]) / 1e6 if len(kept) else (0.0, 0.0, 0.0)
        return LoopStatistics(
            runs=self._runs,
            misses=self._misses,
            p50_ms=float(p50),
            p95_ms=float(p95),
            p99_ms=float(p99),
            max_ms=self._max_ns / 1e6,
        )

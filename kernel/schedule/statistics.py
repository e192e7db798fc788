"""Statistics of a loop: how long its ticks took, and how many came too late."""

from __future__ import annotations

from array import array
from typing import Final

import msgspec
import numpy as np

from kernel.measurement import Times

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
    lost: int = 0
    """Releases that never ran because the next one came first; they count as misses too."""
    skipped: int = 0
    """Releases that the loop's policy gave up after an overrun."""
    overruns: int = 0
    """Steps that took longer than the budget."""
    total_ms: float = 0.0
    """Time spent in all runs."""
    jitter_p99_ms: float = 0.0
    """Start jitter: from the release to the begin of the step."""
    jitter_max_ms: float = 0.0
    response_p50_ms: float = 0.0
    """From the release to the commands queued."""
    response_p99_ms: float = 0.0
    response_max_ms: float = 0.0


class Durations:
    """Counts runs and keeps their durations."""

    def __init__(self, *, deadline_ns: float, kept: int = KEPT) -> None:
        """Count a run as missed when it took longer than `deadline_ns` real nanoseconds.

        Args:
            deadline_ns: real nanoseconds.
            kept: how many runs percentiles are taken over, the newest.
        """
        self._deadline_ns = deadline_ns
        self._kept = array("q", bytes(8 * kept))
        self._runs = self._misses = self._max_ns = self.total_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one run."""
        self._kept[self._runs % len(self._kept)] = duration_ns
        self._runs += 1
        self.total_ns += duration_ns
        if duration_ns > self._deadline_ns:
            self._misses += 1
        self._max_ns = max(self._max_ns, duration_ns)

    def kept(self) -> Times:
        """Return the newest durations, nanoseconds, in no order."""
        return np.array(self._kept[: min(self._runs, len(self._kept))])

    def statistics(self) -> LoopStatistics:
        """Return counts and percentiles until now.

        >>> durations = Durations(deadline_ns=2e6)
        >>> durations.add(1_000_000); durations.add(3_000_000)
        >>> durations.statistics().misses
        1
        """
        kept = self.kept()
        p50, p95, p99 = np.percentile(kept, [50, 95, 99]) / 1e6 if len(kept) else (0.0, 0.0, 0.0)
        return LoopStatistics(
            runs=self._runs,
            misses=self._misses,
            p50_ms=float(p50),
            p95_ms=float(p95),
            p99_ms=float(p99),
            max_ms=self._max_ns / 1e6,
        )

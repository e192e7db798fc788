"""What a kind of malformed input leaves behind: how much was tried, what broke, how much memory grew."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PAGE_KB: Final = 4
MOST_GROWTH_MB: Final = 10.0
LONGEST_S: Final = 1.0
"""Real time within which the next valid request must be answered."""
MOST_TOLD: Final = 20


@dataclass(slots=True)
class Found:
    """What was seen of one kind of input."""

    kind: str
    counts: Counter[str] = field(default_factory=Counter)
    """How often each typed outcome came."""
    broken: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    """The slowest answer to a valid request after malformed ones."""
    growth_mb: float = 0.0

    def breaks(self, what: str) -> None:
        """Note a violation; past the first twenty they are only counted."""
        self.counts["violations"] += 1
        if len(self.broken) < MOST_TOLD:
            self.broken.append(f"{self.kind}: {what}")

    @contextmanager
    def valid(self) -> Iterator[None]:
        """Time the answer to a valid request."""
        begin_s = time.monotonic()
        yield
        took_s = time.monotonic() - begin_s
        self.slowest_s = max(self.slowest_s, took_s)
        self.counts["valid answered"] += 1
        if took_s > LONGEST_S:
            self.breaks(f"a valid request took {took_s:.2f} s after malformed ones")

    @contextmanager
    def memory(self) -> Iterator[None]:
        """Measure by how much the process grows; what it needs at all must have run before."""
        gc.collect()
        before_mb = resident_mb()
        yield
        gc.collect()
        self.growth_mb = max(self.growth_mb, resident_mb() - before_mb)
        if self.growth_mb > MOST_GROWTH_MB:
            self.breaks(f"the process grew by {self.growth_mb:.1f} MB")


def resident_mb() -> float:
    """Return what the process holds in memory, MB. Source: proc_pid_statm(5), second field, in pages."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB / 1024

"""Outages: what is away now, told once when it goes and once when it returns.

The kernel goes on without its listeners and its recorder, and goes safe without its journal; none of it may
fill a log with the same line every tick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger()


class Outages:
    """Counts failures by what failed, and tells of each change."""

    def __init__(self) -> None:
        """Begin with everything there."""
        self.failures: Counter[str] = Counter()
        self._away: set[str] = set()

    def away(self, what: str, why: str) -> None:
        """Note that something failed; the first of a row of failures is told."""
        self.failures[what] += 1
        if what not in self._away:
            self._away.add(what)
            log.error("away", what=what, why=why)

    def back(self, what: str) -> None:
        """Note that something works."""
        if what in self._away:
            self._away.discard(what)
            log.info("back", what=what, failures=self.failures[what])

    @contextmanager
    def spared(self, what: str) -> Iterator[None]:
        """Run what must not stop control: whatever it raises is noted and goes no further."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - history must not stop control, whatever ails it
            self.away(what, f"{type(error).__name__}: {error}")
        else:
            self.back(what)

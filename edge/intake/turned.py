"""What was turned away: counted by reason, and told of once a minute at the most.

A flood of rubbish must not fill the journal: a token that proves nothing is no entry of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from kernel.finding import Finding
from kernel.pipe.tick import GATEWAY
from kernel.point import NANOSECONDS
from kernel.remote import NotTaken
from kernel.shell.wire import Sample

EVERY_NS: Final = 60 * NANOSECONDS
"""Operational time between two findings about what was turned away."""
METRIC: Final = "aios_remote_commands_total"


class Turned:
    """Counts every command that came, by what became of it at the door."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counts: Counter[str] = Counter()
        self._untold: Counter[str] = Counter()
        self._told_ns = -EVERY_NS

    def count(self, result: str) -> None:
        """Count a command: `taken`, `repeated` or the name of a refusal."""
        self._counts[result] += 1

    def finding(self, refusal: NotTaken, now_ns: int) -> Finding | None:
        """Note a refusal that is no entry of its own; return what the journal should hear now."""
        self._untold[refusal.value] += 1
        if now_ns - self._told_ns < EVERY_NS:
            return None
        self._told_ns, untold, self._untold = now_ns, self._untold, Counter()
        said = ", ".join(f"{count} {name}" for name, count in sorted(untold.items()))
        return Finding(
            asset=GATEWAY,
            name="commands_turned_away",
            text=f"remote commands turned away: {said}",
            value=float(untold.total()),
            unit="1",
            limit=None,
            at_ns=now_ns,
        )

    def samples(self) -> Iterator[Sample]:
        """Yield the counts as metrics."""
        for result, count in sorted(self._counts.items()):
            yield Sample(METRIC, count, {"result": result})

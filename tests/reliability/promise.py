"""A promise, and what attempts to break it.

A promise lives in a module `tests/reliability/rNN_name.py` that has a constant `PROMISE`. The runner finds it
there; nothing has to be registered. `attempt(seed, count)` tries `count` times, beginning with `seed`, and
says what it saw; it must be a function of a module, because parts of a full run go to processes of their own.
`control(seed)` does the same to something sabotaged: where it finds nothing broken, the judges are blind, and
the promise counts as not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What attempts saw."""

    tried: int
    broken: tuple[str, ...] = ()
    """Every violation in words, with what repeats it."""
    counts: dict[str, float] = {}
    """What happened how often, so that a reader sees that something was tried; parts add up."""
    worst: dict[str, float] = {}
    """Largest of each figure, with its unit in its name (`recovery_s`); the largest of all parts counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What holds, and how often it is tried."""

    id: str
    """As in the table of promises: R2."""
    claim: str
    """One sentence, with the figure."""
    unit: str
    """What is counted: kills, power cuts, seeds."""
    full: int
    """Attempts of `make reliability`."""
    reduced: int
    """Attempts of `make test`: a few seconds."""
    attempt: Callable[[int, int], Tally]
    """From the first seed and a count to what was seen."""
    control: Callable[[int], Tally] | None = None
    """The same, done to something sabotaged: it must be found broken."""
    part: int = 0
    """Attempts of one part; parts run beside each other. 0 where the whole is one part."""
    alone: bool = False
    """True where real time is measured: nothing runs beside it."""
    goal: str = ""
    """The goal of `benchmarks/goals.toml` that its violations answer; empty where there is none."""
    seed: int = 1
    """First seed of a full run."""

    def parts(self, seed: int, count: int) -> list[tuple[int, int]]:
        """Cut a run into (first seed, count).

        >>> from tests.reliability.promise import Promise
        >>> Promise(id="R0", claim="", unit="", full=5, reduced=1, attempt=print, part=2).parts(10, 5)
        [(10, 2), (12, 2), (14, 1)]
        """
        size = self.part or max(count, 1)
        return [(seed + first, min(size, count - first)) for first in range(0, count, size)]


def together(tallies: Iterable[Tally]) -> Tally:
    """Add parts up.

    >>> together([Tally(tried=1, counts={"cuts": 2}), Tally(tried=2, counts={"cuts": 3})]).counts
    {'cuts': 5.0}
    """
    tried, broken = 0, []
    counts: dict[str, float] = {}
    worst: dict[str, float] = {}
    for tally in tallies:
        tried += tally.tried
        broken += tally.broken
        for name, value in tally.counts.items():
            counts[name] = counts.get(name, 0.0) + value
        for name, value in tally.worst.items():
            worst[name] = max(worst.get(name, value), value)
    return Tally(tried=tried, broken=tuple(broken), counts=counts, worst=worst)

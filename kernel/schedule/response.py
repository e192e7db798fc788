"""Response times: the longest time from a release to its commands, over everything that can happen.

Pure. We go through the base ticks of the hyperperiod and keep, for each, the latest moment at which the
kernel can begin to serve it: when the batch before it ends, if all that is in it takes its worst. Steps may
take less, and then a batch begins earlier and takes up other releases; so every batch that may begin is
looked at, not only the one that begins when all costs are the worst. That makes the bound safe against the
anomalies of non-preemptive scheduling.

For a base tick k that is due at b(k), let L(k) be the latest begin. A batch whose newest base tick is m
begins in [b(m), b(m+1)] and holds the base ticks j..m that could still be unserved: L(j) >= begin. Then

    L(k) = max(b(k), max over m < k and j of min(L(j), b(m+1)) + length(j..m))

and a release at i answers by min(L(j), b(m+1)) + length(j..m), for every batch j..m in which it may be.

Source: our own, by induction over the base ticks; a busy period (Lehoczky 1990) over a table of releases,
with the blocking of Jeffay, Stanat and Martel 1991. `benchmarks/bench_admission.py` looks for false accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kernel.schedule.demand import LONGEST, NOTHING, Batch, Demand

ROUNDS: Final = 6
"""Hyperperiods after which lateness that still grows is taken to grow for ever."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst that can happen to a loop."""

    response_ms: float
    late_ms: float
    """From its release to the begin of the batch that answers it."""
    batch: Batch
    """What is in that batch."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A base tick that may still be unserved."""

    at_ms: float
    begin_ms: float
    """Latest begin of the batch that serves it."""
    batch: Batch


@dataclass(slots=True, eq=False)
class Search:
    """Goes through the base ticks, one after the other."""

    demand: Demand
    worst: dict[int, Worst] = field(default_factory=dict)
    """By number of the loop."""
    latest_end_ms: float = 0.0
    _waiting: list[Waiting] = field(default_factory=list)
    _lengths: dict[Batch, tuple[float, float]] = field(default_factory=dict)

    def meet(self, number: int, batch: Batch) -> None:
        """Go to the next base tick."""
        at_ms = number * self.demand.base_ms
        self._waiting = [one for one in self._waiting if one.begin_ms >= at_ms]
        self._waiting.append(Waiting(at_ms, max(at_ms, self.latest_end_ms), batch))
        next_ms = at_ms + self.demand.base_ms
        together = NOTHING
        for oldest in range(len(self._waiting) - 1, -1, -1):
            held = self._waiting[oldest]
            together = held.batch if together is NOTHING else together | held.batch
            self._serve(min(held.begin_ms, next_ms), together, self._waiting[oldest:])

    def _serve(self, begin_ms: float, together: Batch, held: Sequence[Waiting]) -> None:
        """Reckon with a batch that begins at that moment and holds these base ticks."""
        lengths = self._lengths.get(together)
        if lengths is None:
            lengths = self.demand.safety_ms(together), self.demand.total_ms(together)
            self._lengths[together] = lengths
        safety_ms, total_ms = lengths
        self.latest_end_ms = max(self.latest_end_ms, begin_ms + total_ms)
        for one in held:
            late_ms = begin_ms - one.at_ms
            for n in one.batch.safety:
                self._note(n, late_ms, safety_ms, together)
            for n in one.batch.rest:
                self._note(n, late_ms, total_ms, together)

    def _note(self, number: int, late_ms: float, length_ms: float, batch: Batch) -> None:
        response_ms = late_ms + length_ms
        known = self.worst.get(number)
        if known is None or response_ms > known.response_ms:
            self.worst[number] = Worst(response_ms, late_ms, batch)


def responses(demand: Demand) -> dict[int, Worst]:
    """Return the worst response of every loop, by its number among the tasks."""
    if demand.hyperperiod > LONGEST:
        return _bounded(demand)
    batches, search = demand.batches(), Search(demand)
    late_ms = -1.0
    for turn in range(ROUNDS):
        first = turn * len(batches)
        for number, batch in enumerate(batches):
            search.meet(first + number, batch)
        was_ms, late_ms = late_ms, search.latest_end_ms - (first + len(batches)) * demand.base_ms
        if late_ms <= 0.0 or late_ms <= was_ms:
            break
    else:
        return _endless(demand, search)
    return search.worst


def _bounded(demand: Demand) -> dict[int, Worst]:
    """Bound the responses without going through the hyperperiod: a batch holds every loop once at the most.

    Where the longest batch fits into a base tick, nothing is ever late; else a release waits for one batch
    that began just before it.
    """
    whole = demand.whole()
    total_ms = demand.total_ms(whole)
    late_ms = 0.0 if total_ms <= demand.base_ms else total_ms
    safety = {n: Worst(late_ms + demand.safety_ms(whole), late_ms, whole) for n in whole.safety}
    return safety | {n: Worst(late_ms + total_ms, late_ms, whole) for n in whole.rest}


def _endless(demand: Demand, search: Search) -> dict[int, Worst]:
    """Take lateness that grows with every hyperperiod for what it comes to in the end."""
    bounded = _bounded(demand)
    return {n: max(bounded[n], search.worst[n], key=lambda one: one.response_ms) for n in bounded}

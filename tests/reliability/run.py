"""Running promises: parts beside each other, progress with the time that is left, and a verdict."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator

import msgspec

from tests.reliability.promise import Promise, Tally, together


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a promise."""

    id: str
    tally: Tally
    seed: int
    seconds: float
    """Real time of the attempts and of the control."""
    control: int | None = None
    """Violations found in what was sabotaged; None where the promise has no control."""

    @property
    def violations(self) -> int:
        """How often it was broken; judges that do not see sabotage count as one more."""
        return len(self.tally.broken) + (self.control == 0)


Progress = Callable[[str, int, int, float], None]
"""Hears the promise, how many were tried, of how many, and the seconds since its begin."""


def hold(promise: Promise, *, count: int, seed: int, progress: Progress, processes: int) -> Verdict:
    """Try a promise `count` times, then its control."""
    began = time.monotonic()
    tallies: list[Tally] = []
    for tally in _tallies(promise, promise.parts(seed, count), 1 if promise.alone else processes):
        tallies.append(tally)
        tried = sum(one.tried for one in tallies)
        progress(promise.id, tried, count, time.monotonic() - began)
    control = None if promise.control is None else len(promise.control(seed).broken)
    return Verdict(
        id=promise.id,
        tally=together(tallies),
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
        control=control,
    )


def _tallies(promise: Promise, parts: list[tuple[int, int]], processes: int) -> Iterator[Tally]:
    if processes == 1 or len(parts) == 1:
        yield from (promise.attempt(seed, count) for seed, count in parts)
        return
    # Spawned, so that a part begins with nothing of this process: the same as in a run of its own.
    with concurrent.futures.ProcessPoolExecutor(
        max_workers=processes, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        futures = [pool.submit(promise.attempt, seed, count) for seed, count in parts]
        for future in concurrent.futures.as_completed(futures):
            yield future.result()


def cores() -> int:
    """Return how many parts may run beside each other."""
    return os.cpu_count() or 1

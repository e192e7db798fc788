"""What is learned of a device: how long its answers take, and how often it gives none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from drivers.modbus.link import BadEcho, DeviceException, NoAnswer
from kernel.traffic import Traffic

SHORTEST_S: Final = 1e-5
STEPS: Final = 8
"""Steps of the sketch in a doubling: a percentile is known to within 9 %."""
PLACES: Final = 24 * STEPS
"""Up to 168 s."""
MEMORY: Final = 4096
"""Answers after which what was learned before counts half: a device that got slower is seen."""
ENOUGH: Final = 20
"""Answers from which a profile is believed."""


class Sketch:
    """Durations counted by their logarithm: small, and never sorted.

    >>> sketch = Sketch()
    >>> for n in range(1, 101):
    ...     sketch.add(n / 1000)
    >>> 0.050 <= sketch.quantile(0.5) < 0.055
    True
    """

    __slots__ = ("_counts", "count")

    def __init__(self) -> None:
        """Begin without any."""
        self._counts = [0] * PLACES
        self.count = 0

    def add(self, duration_s: float) -> None:
        """Count a duration, seconds."""
        place = int(STEPS * math.log2(duration_s / SHORTEST_S)) if duration_s > SHORTEST_S else 0
        self._counts[min(place, PLACES - 1)] += 1
        self.count += 1
        if self.count >= MEMORY:
            self._counts = [count >> 1 for count in self._counts]
            self.count = sum(self._counts)

    def add_shortest(self, count: int) -> None:
        """Count so many durations of 0 s: as one by one, without looking at each."""
        if self.count + count >= MEMORY:
            for _ in range(count):
                self.add(0.0)
            return
        self._counts[0] += count
        self.count += count

    def quantile(self, share: float) -> float:
        """Return the duration that this share of all does not exceed, seconds; 0.0 where there are none."""
        return self.quantiles((share,))[0]

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Return the durations that these shares, in rising order, do not exceed, seconds; in one pass."""
        found: list[float] = []
        seen = 0
        for place, count in enumerate(self._counts):
            seen += count
            while count and len(found) < len(shares) and seen >= shares[len(found)] * self.count:
                found.append(SHORTEST_S * float(2.0 ** ((place + 1) / STEPS)))
            if len(found) == len(shares):
                return found
        return [*found, *[0.0] * (len(shares) - len(found))]


class Profile:
    """Counts what one device answers, request by request."""

    __slots__ = ("answers", "exceptions", "latency", "mean_s", "rubbish", "timeouts")

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self.latency = Sketch()
        self.mean_s = 0.0
        """Moving mean of what a request takes, answered or refused, real seconds."""
        self.answers = 0
        self.timeouts = 0
        self.rubbish = 0
        """Answers that did not belong to what was asked."""
        self.exceptions = 0
        """Answers that said no."""

    def answered(self, took_s: float) -> None:
        """Note an answer."""
        self.answers += 1
        self.latency.add(took_s)
        self.mean_s += (took_s - self.mean_s) / min(self.answers, 16)

    def answered_at_once(self, count: int) -> None:
        """Note so many answers that took no time at all: as one by one, without looking at each."""
        if self.mean_s:
            for _ in range(count):
                self.answered(0.0)
            return
        self.answers += count
        self.latency.add_shortest(count)

    def failed(self, failure: Exception) -> None:
        """Note a request that was refused, answered by rubbish or not at all; one that never left is none."""
        match failure:
            case DeviceException():
                self.exceptions += 1
            case BadEcho():
                self.rubbish += 1
            case NoAnswer():
                self.timeouts += 1

    def patience_s(self, most_s: float) -> float:
        """Return how long an answer of this device may be waited for where it may be away, real seconds.

        Five times what 99 of 100 answers take; `most_s` where it has not been learned.
        """
        if self.latency.count < ENOUGH:
            return most_s
        return min(most_s, max(0.1, 5.0 * self.latency.quantile(0.99)))

    def traffic(self) -> Traffic:
        """Return what was learned, as it stands."""
        p50_s, p95_s, p99_s = self.latency.quantiles((0.5, 0.95, 0.99))
        return Traffic(
            answers=self.answers,
            timeouts=self.timeouts,
            exceptions=self.exceptions,
            rubbish=self.rubbish,
            p50_ms=1e3 * p50_s,
            p95_ms=1e3 * p95_s,
            p99_ms=1e3 * p99_s,
        )

"""Consumers that the measured profiles do not have: a plant that starts work, a depot that begins to charge.

Each draws real power behind a load of the network, so meters, losses, transformers and truth all feel it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.noise import normal, seed_of
from simulators.physics.flows import Values

STEP_NS: Final = 300 * 1_000_000_000
"""Its power wanders from one value to the next every five minutes: vehicles come and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Draws power from a first to a last moment, unevenly.

    Raises:
        ValueError: it ends before it begins, or draws less than nothing.

    >>> depot = Consumer(
    ...     name="depot", load="f13", begin_ns=0, end_ns=3_600 * 10**9, power_kw=100.0, unevenness=0.0
    ... )
    >>> depot.power_at(-1), depot.power_at(1_800 * 10**9), depot.power_at(3_600 * 10**9)
    (0.0, 100.0, 0.0)
    """

    name: str
    load: str
    """Load of the network that it stands behind; it has that load's power factor."""
    begin_ns: int
    """Nanoseconds since 1970 UTC."""
    end_ns: int
    """First moment after it."""
    power_kw: float
    """Its mean power while it works."""
    unevenness: float = 0.1
    """Standard deviation of its power, as a share of the mean."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.end_ns <= self.begin_ns or self.power_kw < 0.0 or self.unevenness < 0.0:
            raise ValueError(
                f"consumer {self.name}: {self.power_kw} kW from {self.begin_ns} to {self.end_ns}"
            )

    def power_at(self, now_ns: int) -> float:
        """Return its power at a moment, kW >= 0; the same for the same seed and moment."""
        if not self.begin_ns <= now_ns < self.end_ns:
            return 0.0
        step, rest_ns = divmod(now_ns, STEP_NS)
        seed, share = seed_of(self.seed, self.name), rest_ns / STEP_NS
        wander = (1.0 - share) * normal(seed, step) + share * normal(seed, step + 1)
        return max(0.0, self.power_kw * (1.0 + self.unevenness * wander))


class UnknownLoad(KeyError):
    """A consumer stands behind a load that the network does not have."""


class Consumers:
    """All consumers of a world, by the loads that they stand behind."""

    def __init__(self, consumers: Sequence[Consumer], loads: Sequence[str]) -> None:
        """Find the loads.

        Raises:
            UnknownLoad: with all names that are missing.
        """
        if missing := sorted({one.load for one in consumers} - set(loads)):
            raise UnknownLoad(f"no loads {missing}; there are {sorted(loads)}")
        self._placed = tuple((list(loads).index(one.load), one) for one in consumers)
        self._count = len(loads)

    def added_kw(self, now_ns: int) -> Values:
        """Return what they add to each of the L loads at a moment; (L,) kW."""
        added = np.zeros(self._count)
        for row, consumer in self._placed:
            added[row] += consumer.power_at(now_ns)
        return added

    def added_over(self, times_ns: NDArray[np.int64]) -> Values:
        """Return what they add at T moments; (T, L) kW, the same numbers as one by one."""
        added = np.zeros((len(times_ns), self._count))
        for row, consumer in self._placed:
            works = np.flatnonzero((times_ns >= consumer.begin_ns) & (times_ns < consumer.end_ns))
            added[works, row] += [consumer.power_at(now_ns) for now_ns in times_ns[works].tolist()]
        return added

"""What gets worse by itself: partial discharge, a battery's resistance, any quantity with onset and growth.

    doubling     value = start 2^((t - onset) / T)          partial discharge in a void: it eats its way
    linear       value = start (1 + (t - onset) / T)        internal resistance of a battery

T is the time in which the value doubles. A measured value scatters around that, from reading to reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.point import NANOSECONDS
from simulators.durations import DAY_NS
from simulators.noise import normal, seed_of
from simulators.part import Part, Stretch

_MOST_DOUBLINGS: Final = 20.0
"""A million times the start: long before, something has failed."""


class Law(StrEnum):
    """How something grows."""

    DOUBLING = "doubling"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One quantity of one asset that grows; its own ground truth.

    Raises:
        ValueError: the doubling time is not above 0, or the start or the scatter below 0.

    >>> discharge = Growth(asset="t1", quantity="partial_discharge", start=50.0, onset_ns=0, days=10.0)
    >>> discharge.value(-1), discharge.value(20 * 86_400 * 10**9)
    (50.0, 200.0)
    """

    asset: str
    quantity: str
    start: float
    """Value of the sound asset, in the unit of the quantity."""
    onset_ns: int
    """Nanoseconds since 1970 UTC."""
    days: float
    """In which it doubles."""
    law: Law = Law.DOUBLING
    scatter: float = 0.0
    """Standard deviation of a reading, as a share of the value."""

    def __post_init__(self) -> None:
        if self.days <= 0.0 or self.start < 0.0 or self.scatter < 0.0:
            raise ValueError(f"{self.asset}/{self.quantity}: {self.start}, doubled in {self.days} days")

    def value(self, now_ns: int) -> float:
        """Return the true value at a moment."""
        past = max(0.0, (now_ns - self.onset_ns) / (self.days * DAY_NS))
        if self.law is Law.LINEAR:
            return self.start * (1.0 + past)
        return float(self.start * 2.0 ** min(past, _MOST_DOUBLINGS))


class Degradations(Part):
    """All growing quantities of a world, shown to the devices of their assets."""

    def __init__(self, growths: Sequence[Growth], *, seed: int) -> None:
        """Take what grows; at most one growth for a quantity of an asset counts."""
        self._growths = tuple(growths)
        self._seeds = [seed_of(seed, "growth", one.asset, one.quantity) for one in self._growths]
        self._mended: set[Growth] = set()
        self._now_ns = 0

    def mend(self, asset: str, now_ns: int) -> None:
        """Repair an asset: what has grown in it is that of a sound one from now on."""
        self._mended |= {one for one in self._growths if one.asset == asset and one.onset_ns < now_ns}

    def live(self, stretch: Stretch) -> None:
        """Remember the time."""
        self._now_ns = stretch.until_ns

    def show(self) -> dict[str, dict[str, float]]:
        """Return the values with their scatter, never below 0."""
        shown: dict[str, dict[str, float]] = {}
        for seed, one in zip(self._seeds, self._growths, strict=True):
            true = one.start if one in self._mended else one.value(self._now_ns)
            scattered = true * (1.0 + one.scatter * normal(seed, self._now_ns // NANOSECONDS))
            shown.setdefault(one.asset, {})[one.quantity] = max(0.0, scattered)
        return shown

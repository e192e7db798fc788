"""What some devices can do or suffer: trip by themselves, be less than their rating, move later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from simulators.devices.bank import WorldSide


@runtime_checkable
class Trips(Protocol):
    """A breaker that its own protection can open."""

    def trip(self, now_ns: int) -> None:
        """Open, without anybody's command."""
        ...


@runtime_checkable
class Impairs(Protocol):
    """An inverter that can be less than its rating."""

    def impair(self, now_ns: int, *, delivers: float, resistance: float) -> None:
        """Deliver a share of the set-point, 0 to 1, with so many times the sound inner resistance."""
        ...


@runtime_checkable
class Drives(Protocol):
    """A device whose power moves by itself after it was told: over a ramp, to the end of a timer."""

    def mean_power(self, since_ns: int, until_ns: int) -> float:
        """Return the mean power that it will give if nobody tells it otherwise, kW, discharge positive.

        Args:
            since_ns: a moment not before what it has lived through.
            until_ns: a moment after that; where it is not after, the power of now is returned.
        """
        ...


@runtime_checkable
class Moves(Protocol):
    """A device that changes what it does to the world at moments of its own."""

    def moves_ns(self, now_ns: int) -> int | None:
        """Return the next such moment after one; None where it knows of none."""
        ...


@runtime_checkable
class Mends(Protocol):
    """It has faults of its own that a repair ends."""

    def mend(self, asset: str, now_ns: int) -> None:
        """End what stands of its faults: its asset has been repaired."""
        ...


MeanPower = Callable[[int, int], float]
"""Mean power between two moments, kW."""


def mean_of(bank: WorldSide) -> MeanPower:
    """Return how a device tells its mean power; one that does not look ahead tells that of now."""
    if isinstance(bank, Drives):
        return bank.mean_power
    return lambda since_ns, _: bank.actuation(since_ns).get("active_power", 0.0)

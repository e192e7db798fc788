"""What some devices can do or suffer: trip by themselves, be less than their rating."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


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
class Mends(Protocol):
    """It has faults of its own that a repair ends."""

    def mend(self, asset: str, now_ns: int) -> None:
        """End what stands of its faults: its asset has been repaired."""
        ...

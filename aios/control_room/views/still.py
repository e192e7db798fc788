"""A picture that stands still: the gateway answers, but nothing that it knows is newer than a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aios.control_room.times import duration, seconds_between, to_ms
from kernel.shell.wire import Snapshot

STALE_S: Final = 5.0
"""Real seconds after which a state is called old."""
PERIODS: Final = 3
"""Of the ticks, and of the readings of the device that is read most often, that may pass without news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """Since when nothing has moved."""

    newest_ms: int
    """Moment of the newest value, milliseconds since 1970 UTC."""
    age: str


def still(snapshot: Snapshot) -> Still | None:
    """Word since when nothing is new; None where something is, or where nothing was ever read."""
    newest_ns = max((point.at_ns for point in snapshot.points if point.at_ns is not None), default=None)
    if newest_ns is None:
        return None
    age_s = seconds_between(newest_ns, snapshot.now_ns)
    return Still(newest_ms=to_ms(newest_ns), age=duration(age_s)) if age_s > _patience_s(snapshot) else None


def _patience_s(snapshot: Snapshot) -> float:
    """Return the age from which the newest value is too old, operational seconds."""
    read_s = min((device.wanted_s * device.stretch for device in snapshot.devices), default=0.0)
    return max(STALE_S * max(snapshot.clock_factor, 1.0), PERIODS * max(snapshot.base_tick_s, read_s))

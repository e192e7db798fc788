"""Whether alarms come through, in the words of the header."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.proof import PERIODS, proof
from aios.control_room.sight import Place, Sight
from aios.control_room.times import duration, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What stands in the header of the last canary."""

    raised_ms: int | None
    """When it was raised, milliseconds since 1970 UTC; None before the first."""
    age: str
    late_s: float
    """Age at which it proves nothing more, operational seconds."""
    why: str
    """Which link is broken; empty while alarms come through."""


def proven(sight: Sight, place: Place) -> Proven | None:
    """Word the proof; None where the site asks for no canary."""
    found = proof(sight)
    if found is None:
        return None
    return Proven(
        raised_ms=None if found.raised_ns is None else to_ms(found.raised_ns),
        age=duration(found.age_s or 0.0),
        late_s=PERIODS * found.every_s,
        why=found.why(place.zone),
    )

"""The last note from one shift to the next, with what the gateway counted as open then."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.sight import Place
from aios.control_room.times import moment
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One hand-over."""

    text: str
    """The note."""
    detail: str
    """From whom to whom, when, and what was open."""


def shift(snapshot: Snapshot, place: Place) -> Shift | None:
    """Word the last hand-over; None where no shift was handed over yet."""
    told = snapshot.hand_over
    if told is None:
        return None
    was_open = ", ".join(f"{what} {count}" for what, count in told.open.counted()) or "nothing"
    when = moment(told.at_ns, snapshot.now_ns, place.zone)
    return Shift(text=told.note, detail=f"{told.giver} to {told.taker}, {when} · open then: {was_open}")

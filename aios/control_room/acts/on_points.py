"""How a point may be operated from here on: remote as usual, on the spot, blocked or in test."""

from __future__ import annotations

from typing import Final

from aios.control_room.acts.offer import Offer, path_of
from edge.access.right import right_to
from kernel.instruction import Mode, PointMode
from kernel.shell.wire import Snapshot

_WORDS: Final = (
    (Mode.NORMAL, "Normal", "n"),
    (Mode.LOCAL, "Local…", "l"),
    (Mode.BLOCKED, "Block…", "b"),
    (Mode.TEST, "Test…", "t"),
)


def point_offers(point: str, snapshot: Snapshot | None) -> tuple[Offer, ...]:
    """Return the modes that a point is not in; none of a point that the gateway does not have."""
    if snapshot is None or all(state.point != point for state in snapshot.points):
        return ()
    now = next((told.mode for told in snapshot.modes if told.point == point), Mode.NORMAL)
    return tuple(
        Offer(
            action=right_to(PointMode).action,
            word=word,
            key=key,
            path=path_of("points", point, "mode"),
            about=f"{point}, {now.value} now",
            asks=() if mode is Mode.NORMAL else ("for_s",),
            body={"mode": mode.value},
        )
        for mode, word, key in _WORDS
        if mode is not now
    )

"""Whose turn it is on a line: a pure choice among the requests that wait for it.

Writes first, then the points that are wanted fast, then the rest, then devices that take long to answer, then
those that may be away. Among equals the one that is nearest to missing its freshness target. Nobody starves:
whoever has waited longest goes next after a few others were preferred to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

PREFERRED: Final = 8
"""Requests in a row that may be preferred to the one that has waited longest."""


COURTESY_S: Final = 0.02
"""Real seconds that who may hold the line up for long waits for others: all devices of a scan ask at once."""


class Urgency(IntEnum):
    """Why a request goes before another; the smaller goes first."""

    WRITE = 0
    FAST = 1
    """It reads points of the poll class `fast`."""
    NORMAL = 2
    SLOW = 3
    """It asks a device whose answers take long: its neighbours need not wait for them."""
    PROBE = 4
    """It asks a device that may be away, and may take its whole time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request that waits for the line."""

    number: int
    """Place in the order of asking."""
    urgency: Urgency
    due_s: float
    """When its device misses its freshness target; real seconds, as all times here."""
    ready_s: float = 0.0
    """When its device may be asked again: some need a pause after an answer."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nobody may go now: look again at a time, real seconds."""

    at_s: float


def next_turn(
    waiting: Sequence[Waiting], *, now_s: float, free_s: float, passed_over: int
) -> Waiting | Later | None:
    """Choose who goes next.

    Args:
        waiting: everybody who waits, in any order.
        now_s: the time.
        free_s: when the line's own gap is over.
        passed_over: requests in a row that were preferred to the one that has waited longest.

    Returns:
        The one that goes now, when to look again, or None where nobody waits.
    """
    if not waiting:
        return None
    ready = [one for one in waiting if one.ready_s <= now_s]
    if now_s < free_s or not ready:
        return Later(max(free_s, min(one.ready_s for one in waiting)))
    if passed_over >= PREFERRED:
        return min(ready, key=lambda one: one.number)
    return min(ready, key=_rank)


def is_passed_over(waiting: Sequence[Waiting], chosen: Waiting, *, now_s: float) -> bool:
    """Tell whether somebody who could have gone has waited longer than the chosen one."""
    return any(one.number < chosen.number and one.ready_s <= now_s for one in waiting)


def _rank(one: Waiting) -> tuple[int, float, int]:
    """Writes keep the order in which they were decided; reads go by what they would miss."""
    return one.urgency, 0.0 if one.urgency is Urgency.WRITE else one.due_s, one.number

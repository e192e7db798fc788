"""All gateways of a desk: which one needs a person first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aios.control_room.proof import proof
from aios.control_room.sight import Place, Sight
from aios.control_room.times import duration
from aios.control_room.views.header import low_rungs
from aios.control_room.views.repairs import repairs
from kernel.alarm import PRIORITIES, SHOWN, AlarmState
from kernel.question import OPEN
from kernel.shell.wire import Snapshot

UNSEEN = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """One gateway in the list."""

    site: str
    title: str
    root: str
    state: str
    """How the desk sees it: up, or since when and why not."""
    severity: str
    """Class of its colour: that of its most urgent alarm, `p1` where alarms do not come through."""
    alarms: tuple[tuple[str, int], ...]
    """How many alarms of each priority stand in the list, with the class of their colour."""
    unseen: int
    """Alarms that nobody has acknowledged."""
    questions: int
    repairs: int
    dearest: str
    """Cost of waiting of the first repair, a day."""
    rungs: tuple[str, ...]
    """Agents below their model."""


def gateways(seen: Sequence[tuple[str, Sight, Place]]) -> tuple[GatewayRow, ...]:
    """Word the gateways of a desk: those that do not answer first, then by their alarms.

    Args:
        seen: id of the site, what is known of it, and where its pages stand.
    """
    rows = [_row(site, sight, place) for site, sight, place in seen]
    return tuple(sorted(rows, key=lambda row: (row.severity or "p9", -row.unseen, -row.questions, row.site)))


def _row(site: str, sight: Sight, place: Place) -> GatewayRow:
    shot = sight.snapshot
    if shot is None:
        return _unheard(site, sight, place)
    counts = tuple((f"p{level}", _standing(shot, level)) for level in PRIORITIES)
    worst = next((severity for severity, count in counts if count), "")
    shown = repairs(shot, place)
    is_down = sight.down_s is not None
    proven = proof(sight)
    is_unproven = proven is not None and proven.broken is not None
    return GatewayRow(
        site=site,
        title=shot.title,
        root=place.root,
        state=_state(sight, proven.why(place.zone) if proven else ""),
        severity="p1" if is_down or is_unproven else worst,
        alarms=counts,
        unseen=sum(alarm.state in UNSEEN for alarm in shot.alarms),
        questions=sum(question.stage in OPEN for question in shot.asked),
        repairs=sum(not row.work.aside for row in shown.rows),
        dearest=f"{shown.currency} {shown.rows[0].cost}" if shown.rows else "",
        rungs=tuple(rung.text for rung in low_rungs(shot)),
    )


def _unheard(site: str, sight: Sight, place: Place) -> GatewayRow:
    return GatewayRow(
        site=site,
        title=site,
        root=place.root,
        state=_state(sight) if sight.down_s is not None else "has not answered yet",
        severity="p1" if sight.down_s is not None else "",
        alarms=(),
        unseen=0,
        questions=0,
        repairs=0,
        dearest="",
        rungs=(),
    )


def _standing(shot: Snapshot, level: int) -> int:
    return sum(alarm.priority == level and alarm.state in SHOWN for alarm in shot.alarms)


def _state(sight: Sight, unproven: str = "") -> str:
    if sight.down_s is None:
        return f"alarms do not reach this desk: {unproven}" if unproven else "answers"
    return f"has not answered for {duration(sight.down_s)}: {sight.why_down}"

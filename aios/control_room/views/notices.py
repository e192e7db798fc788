"""The notices: what needs a person's eye, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.sight import Place
from aios.control_room.times import duration, moment, seconds_between, to_ms
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One notice."""

    id: str
    severity: str
    text: str
    detail: str
    active: bool
    at: str
    since_ms: int
    age: str


def notices(snapshot: Snapshot, place: Place) -> tuple[NoticeLine, ...]:
    """Word the notices: active before past, then by priority, then the newest."""
    ordered = sorted(snapshot.notices, key=lambda n: (not n.active, n.priority, -n.since_ns))
    return tuple(
        NoticeLine(
            id=notice.id,
            severity=f"p{min(max(notice.priority, 1), 4)}",
            text=notice.text,
            detail=notice.detail,
            active=notice.active,
            at=moment(notice.since_ns, snapshot.now_ns, place.zone),
            since_ms=to_ms(notice.since_ns),
            age=duration(seconds_between(notice.since_ns, snapshot.now_ns)),
        )
        for notice in ordered
    )

"""Held by people: the overrides in force, and how a point is operated that is not in its normal mode."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.figures import exact
from aios.control_room.sight import Place
from aios.control_room.times import duration, moment, seconds_between
from kernel.instruction import Mode, Override
from kernel.question import OPEN
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """One override in force."""

    id: str
    text: str
    """What is held at what value."""
    detail: str
    """Who holds it, and why."""
    until: str
    """When it is handed back by itself."""
    left: str


def overrides(snapshot: Snapshot, place: Place) -> tuple[HeldLine, ...]:
    """Word the overrides in force, the newest first: it rules where several match."""
    return tuple(_line(told, snapshot, place) for told in reversed(snapshot.overrides))


def _line(told: Override, snapshot: Snapshot, place: Place) -> HeldLine:
    points = sorted(point for point, key in snapshot.overridden.items() if key == told.key)
    waits = [q.point for q in snapshot.asked if q.asked_by == f"override:{told.key}" and q.stage in OPEN]
    what = points[0] if len(points) == 1 else f"{told.pattern} ({len(points)} set-points)"
    asked = f"{', '.join(waits)}: waits for a second person" if waits else ""
    return HeldLine(
        id=told.key,
        text=f"{what} held at {_value(told, points, snapshot)}" if points else f"{what}: a newer one rules",
        detail=" · ".join(
            text for text in (f"override {told.key}, {told.person}", told.reason, asked) if text
        ),
        until=f"until {moment(told.until_ns, snapshot.now_ns, place.zone)}",
        left=f"{duration(seconds_between(snapshot.now_ns, told.until_ns))} left",
    )


def _value(told: Override, points: list[str], snapshot: Snapshot) -> str:
    if told.value is None:
        return "safe"
    units = {state.unit for state in snapshot.points if state.point in points}
    return exact(told.value, units.pop() if len(units) == 1 else "")


def operated(snapshot: Snapshot, place: Place) -> dict[str, str]:
    """Say by point how people operate it; points in their normal mode are not in it."""
    words = dict.fromkeys(snapshot.local, "local: its device says so")
    overrides = {told.key: told for told in snapshot.overrides}
    for point, key in snapshot.overridden.items():
        words[point] = (
            f"override {key}, {_who(overrides[key].person, overrides[key].until_ns, snapshot, place)}"
        )
    for mode in snapshot.modes:
        if mode.mode is not Mode.NORMAL:
            told = f"{mode.mode.value}, {_who(mode.person, mode.until_ns, snapshot, place)}"
            words[mode.point] = " · ".join(text for text in (told, words.get(mode.point, "")) if text)
    return words


def _who(person: str, until_ns: int, snapshot: Snapshot, place: Place) -> str:
    return f"{person} until {moment(until_ns, snapshot.now_ns, place.zone)}" if until_ns else person

"""One value as a pane shows it: never a bare number where the quality is not good."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.figures import exact, quantity
from aios.control_room.times import duration, seconds_between, to_ms
from kernel.quality import INVALID, VALIDITY, is_good
from kernel.shell.wire import PointState, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Words for one point: number with unit, or why there is none; and its age."""

    point: str
    text: str
    """Number with unit, name of a state, or `no value`."""
    quality: str
    """Quality in words."""
    good: bool
    at_ms: int | None
    """What time it is about, milliseconds since 1970 UTC; None where nothing was ever read."""
    age: str
    """At the time of the snapshot; `never read` where there is none."""
    held: str = ""
    """How people operate the point; empty in its normal mode."""


def value_of(state: PointState, now_ns: int, *, table: bool = False) -> Value:
    """Word a point's state; an invalid one shows no number, a questionable one is marked.

    Args:
        state: the point with its newest value.
        now_ns: operational time of the snapshot.
        table: True keeps the point's own unit, for lists.
    """
    return Value(
        point=state.point,
        text=_text(state, table=table),
        quality=state.words,
        good=is_good(state.quality),
        at_ms=None if state.at_ns is None else to_ms(state.at_ns),
        age="never read" if state.at_ns is None else duration(seconds_between(state.at_ns, now_ns)),
    )


def _text(state: PointState, *, table: bool) -> str:
    if state.quality & VALIDITY in {INVALID, 2}:
        return "no value"
    if state.state:
        return state.state
    return exact(state.value, state.unit) if table else quantity(state.value, state.unit)


def find(snapshot: Snapshot, point: str) -> PointState | None:
    """Return the state of a point; None where the gateway does not have it."""
    return next((state for state in snapshot.points if state.point == point), None)

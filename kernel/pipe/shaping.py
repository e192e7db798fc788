"""Shaping: how far a set-point may move now, by what its point declares.

Pure. Hysteresis (`deadband`), least times on and off (`min_on_s`, `min_off_s`) and ramps (`ramp_per_s`)
narrow what was decided, and the decision says so. The rule of precedence: an envelope yields to nothing.
Going safe, by the safe set or by an override to safe, obeys no shaping. Persons, safety agents and policy
break hysteresis and least times, but never the ramp. Where nobody knows what stands, a ramp starts from what
is read. After a restart it does so too, and where nothing can be read from what the journal says was written
last; least times go on from when the journal says that the set-point went on or off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from kernel.command import Command
from kernel.decision import Decision, Narrowing
from kernel.pipe.feasible import inside
from kernel.pipe.issue import SAME, writing_of
from kernel.pipe.override import wants_safe
from kernel.pipe.state import LOST, PipeState, Shape
from kernel.point import NANOSECONDS, Operation, Point, Writing
from kernel.proposal import Priority, Proposal
from kernel.quality import is_good
from kernel.site import Site

HOLDS: dict[str, str] = {
    "min_on": "it has not been on for long enough",
    "min_off": "it has not been off for long enough",
    "deadband": "too small a change to move for",
    "ramp": "as far as it may move in this time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What shaping looks at in one tick."""

    site: Site
    state: PipeState
    elapsed_s: float
    """Since the tick before, seconds."""


def shaped_points(site: Site) -> frozenset[str]:
    """Name the set-points whose movement is limited."""
    return frozenset(point.name for point in site.writable if _is_shaped(writing_of(point)))


def _is_shaped(writing: Writing) -> bool:
    limits = (writing.deadband or None, writing.ramp_per_s, writing.min_on_s, writing.min_off_s)
    return writing.operation is Operation.SETPOINT and any(limit is not None for limit in limits)


def movement(moment: Moment, decision: Decision, proposals: Sequence[Proposal]) -> Narrowing | None:
    """Return how far the set-point of a decision may move in this tick; None where it is free.

    Args:
        moment: what shaping looks at.
        decision: what was decided without a look at movement.
        proposals: all that stood for the point, and for sums over it.
    """
    if decision.conflict is not None or wants_safe(decision.chosen_by, moment.state.overrides):
        return None
    point = moment.site.point(decision.point)
    writing, start = writing_of(point), where_it_stands(moment, point)
    may_break = _is_privileged(decision, proposals)
    switching = _switching(writing, start, decision.value, moment.state.image.now_ns)
    if switching and not may_break and _admits(start.value, proposals, Priority.PERSON):
        return _window(switching, start.value, start.value)
    target, name = decision.value, "ramp"
    is_small = 0 < abs(target - start.target) < writing.deadband
    if is_small and not may_break and _admits(start.target, proposals, Priority.OPERATION):
        target, name = start.target, "deadband"
    if writing.ramp_per_s is None:
        return _window(name, target, target) if name == "deadband" else None
    reach = writing.ramp_per_s * max(0.0, moment.elapsed_s)
    low, high = start.value - reach, start.value + reach
    if name == "deadband":
        low = high = inside(target, (low, high))
    return _window(name, low, high)


def hold_back(decision: Decision, limits: tuple[float, float], window: Narrowing) -> Decision:
    """Return a decision moved no further than a window and the envelope admit."""
    assert window.low is not None  # noqa: S101 - windows have two ends
    assert window.high is not None  # noqa: S101
    value = inside(inside(decision.value, (window.low, window.high)), limits)
    if abs(value - decision.value) <= SAME:
        return decision
    steps, aim = (*decision.narrowed_by, window), decision.value if window.agent == "ramp" else None
    return msgspec.structs.replace(decision, value=value, narrowed_by=steps, aim=aim)


def _window(name: str, low: float, high: float) -> Narrowing:
    return Narrowing(agent=name, priority=int(Priority.SHAPING), low=low, high=high, reason=HOLDS[name])


def _is_privileged(decision: Decision, proposals: Sequence[Proposal]) -> bool:
    return any(
        one.agent == decision.chosen_by and one.wanted is not None and one.priority <= Priority.PERSON
        for one in proposals
    )


def _admits(value: float, proposals: Sequence[Proposal], down_to: Priority) -> bool:
    """Tell whether the bounds of all priorities down to one admit a value."""
    return all(
        (one.low is None or one.low <= value) and (one.high is None or value <= one.high)
        for one in proposals
        if one.priority <= down_to
    )


def _switching(writing: Writing, start: Shape, value: float, now_ns: int) -> str:
    """Name the least time that a change of a set-point would break; empty where none does."""
    was_on, will_be_on = is_on(writing, start.value), is_on(writing, value)
    if was_on == will_be_on:
        return ""
    least_s, name = (writing.min_on_s, "min_on") if was_on else (writing.min_off_s, "min_off")
    is_short = least_s is not None and now_ns - start.switched_ns < round(least_s * NANOSECONDS)
    return name if is_short else ""


def is_on(writing: Writing, value: float) -> bool:
    """Tell whether a value is anything but off."""
    return writing.off_value is not None and abs(value - writing.off_value) > SAME


def where_it_stands(moment: Moment, point: Point) -> Shape:
    """Return from where a set-point moves: what was decided last, or what is read where nobody knows."""
    state = moment.state
    kept, posture = state.shapes.get(point.name), state.postures.get(point.name)
    since_ns = state.image.now_ns if kept is None else kept.switched_ns
    if posture is None or posture.authority == LOST:
        reading = state.image.reading(moment.site.row[writing_of(point).feedback or point.name])
        if not is_good(reading.quality):
            return kept or _still(writing_of(point).safe_value, since_ns)
        writing = writing_of(point)
        if kept is not None and is_on(writing, reading.value) != is_on(writing, kept.value):
            since_ns = state.image.now_ns  # nobody knows since when: at the latest since now
        return _still(reading.value, since_ns)
    if kept is None or posture.authority != "gate":
        return _still(posture.value, since_ns)
    return kept


def _still(value: float, switched_ns: int) -> Shape:
    return Shape(value=value, target=value, switched_ns=switched_ns)


def shapes_left(
    site: Site, written: Mapping[str, Sequence[tuple[Command, bool]]], *, now_ns: int
) -> dict[str, Shape]:
    """Return what a run before has left of movement.

    Args:
        site: the substation.
        written: by set-point what was written on it, the newest first, and whether it was read back.
        now_ns: operational time.
    """
    return {
        name: _left(writing_of(site.point(name)), written[name], now_ns)
        for name in sorted(shaped_points(site) & written.keys())
    }


def _left(writing: Writing, written: Sequence[tuple[Command, bool]], now_ns: int) -> Shape:
    """Return where a set-point was left, on or off at the latest since what was written and read back."""
    newest = written[0][0]
    switched_ns = newest.issued_at_ns
    for command, was_done in written:
        if is_on(writing, command.value) != is_on(writing, newest.value):
            break
        if was_done:
            switched_ns = command.issued_at_ns
    return _still(newest.value, min(switched_ns, now_ns))


def shapes_after(
    moment: Moment, names: frozenset[str], decisions: Mapping[str, Decision], after: PipeState
) -> dict[str, Shape]:
    """Return what shaping remembers for the next tick.

    Args:
        moment: what shaping looked at.
        names: the shaped set-points.
        decisions: what was decided, by point.
        after: the state that the tick leaves: what stands and what is on its way.
    """
    moving = {flight.command.point for flight in after.in_flight.values()}
    return {
        name: _after(moment, moment.site.point(name), decisions.get(name), after, is_moving=name in moving)
        for name in sorted(names)
    }


def _after(
    moment: Moment, point: Point, decision: Decision | None, after: PipeState, *, is_moving: bool
) -> Shape:
    start, posture = where_it_stands(moment, point), after.postures.get(point.name)
    if posture is None or posture.authority == LOST:
        return start
    value = target = posture.value
    if posture.authority == "gate" and decision is not None and is_moving:
        value = decision.value
    if posture.authority == "gate" and decision is not None:
        is_held = any(step.agent == "deadband" for step in decision.narrowed_by)
        target = start.target if is_held else _aim(decision)
    writing = writing_of(point)
    switched = is_on(writing, value) != is_on(writing, start.value)
    return Shape(
        value=value, target=target, switched_ns=moment.state.image.now_ns if switched else start.switched_ns
    )


def _aim(decision: Decision) -> float:
    return decision.value if decision.aim is None else decision.aim

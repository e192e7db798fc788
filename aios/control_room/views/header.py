"""The header: where agents stand on the ladder, alarms by priority, gate, clock."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.sight import Place
from aios.control_room.times import clock, duration, seconds_between, to_ms
from kernel.alarm import SHOWN
from kernel.shell.wire import Snapshot

SHOWN_RUNGS = 2
RATE_S = 600.0
"""Alarms are counted over ten minutes: the window of the ISA-18.2 flood figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """An agent that does not stand on its model."""

    text: str
    why: str
    since_ms: int
    age: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCount:
    """How many alarms and notices of a priority stand."""

    severity: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands over every page."""

    title: str
    rungs: tuple[Rung, ...]
    more_rungs: int
    alarms: tuple[AlarmCount, ...]
    rate: str
    gate_healthy: bool
    gate: str
    revision: str
    """Of the policies in force."""
    gate_since_ms: int
    gate_age: str
    clock: str
    now_ms: int
    clock_words: str
    clock_good: bool


def header(snapshot: Snapshot, place: Place) -> Header:
    """Word the header."""
    rungs = low_rungs(snapshot)
    return Header(
        title=snapshot.title,
        rungs=rungs[:SHOWN_RUNGS],
        more_rungs=max(0, len(rungs) - SHOWN_RUNGS),
        alarms=_alarms(snapshot),
        rate=f"{_recent(snapshot)} new in 10 min",
        gate_healthy=snapshot.gate.healthy,
        gate=_gate(snapshot),
        revision=snapshot.gate.revision,
        gate_since_ms=to_ms(snapshot.gate.since_ns),
        gate_age=duration(seconds_between(snapshot.gate.since_ns, snapshot.now_ns)),
        clock=clock(snapshot.now_ns, place.zone),
        now_ms=to_ms(snapshot.now_ns),
        clock_words=_clock_words(snapshot),
        clock_good=snapshot.clock != "not synchronised",
    )


def low_rungs(snapshot: Snapshot) -> tuple[Rung, ...]:
    """Name the agents below `model`, the longest first."""
    below = sorted((state for state in snapshot.rungs if state.rung != "model"), key=lambda s: s.since_ns)
    return tuple(
        Rung(
            text=f"{state.agent} on {state.rung.replace('_', ' ')}, not model",
            why=state.why,
            since_ms=to_ms(state.since_ns),
            age=duration(seconds_between(state.since_ns, snapshot.now_ns)),
        )
        for state in below
    )


def _alarms(snapshot: Snapshot) -> tuple[AlarmCount, ...]:
    alarmed = [alarm.priority for alarm in snapshot.alarms if alarm.state in SHOWN]
    active = alarmed + [notice.priority for notice in snapshot.notices if notice.active]
    return tuple(AlarmCount(severity=f"p{level}", count=active.count(level)) for level in (1, 2, 3, 4))


def _recent(snapshot: Snapshot) -> int:
    alarmed = [alarm.since_ns or alarm.at_ns for alarm in snapshot.alarms if alarm.state in SHOWN]
    since = alarmed + [notice.since_ns for notice in snapshot.notices]
    return sum(seconds_between(at_ns, snapshot.now_ns) <= RATE_S for at_ns in since)


def _gate(snapshot: Snapshot) -> str:
    if snapshot.gate.healthy:
        return "gate answers"
    return f"gate fails, all denied: {snapshot.gate.failure}"


def _clock_words(snapshot: Snapshot) -> str:
    if snapshot.clock != "scaled":
        return snapshot.clock
    return f"scaled ×{snapshot.clock_factor:g} ({duration(snapshot.clock_factor)} a second)"

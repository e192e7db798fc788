"""The gateway itself: loops with their deadlines, agents on their rungs, the gate and its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aios.control_room.acts.offer import Offer
from aios.control_room.acts.on_agents import agent_offers
from aios.control_room.figures import number
from aios.control_room.times import duration, seconds_between, to_ms
from kernel.shell.wire import ConditionState, DeviceBrief, LoopState, RungState, Snapshot

FINE: Final = frozenset({"ok", "new", "doubtful"})
"""States of a device that is read as often as wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRow:
    """One loop; durations in milliseconds of real time."""

    name: str
    period: str
    runs: str
    misses: str
    missed: bool
    p50: str
    p95: str
    p99: str
    longest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRow:
    """One agent and where it stands."""

    agent: str
    rung: str
    condition: str
    """What leads to it; empty on the highest rung."""
    lowered: bool
    why: str
    suspended: str
    """By whom and why; empty where nobody has."""
    since_ms: int
    age: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """One condition that an agent is under."""

    agent: str
    condition: str
    rung: str
    """Highest rung it leaves."""
    words: str
    since_ms: int
    age: str
    left: str
    """How long until it is over, if it is not seen again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device that is not as it should be."""

    device: str
    state: str
    wire: str
    breaker: str
    wanted: str
    reached: str
    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What `aios ps` would tell, as a page."""

    loops: tuple[LoopRow, ...]
    rungs: tuple[RungRow, ...]
    conditions: tuple[ConditionRow, ...]
    devices: str
    """How many there are, and how many of them are as they should be."""
    troubled: tuple[DeviceRow, ...]
    rules: tuple[str, ...]
    gate: str
    gate_healthy: bool
    gate_since_ms: int
    gate_age: str
    version: str
    digest: str
    tick: str
    base_tick: str


def runtime(snapshot: Snapshot) -> Runtime:
    """Word the gateway's own state."""
    gate = snapshot.gate
    return Runtime(
        loops=tuple(_loop(loop) for loop in snapshot.loops),
        rungs=tuple(_rung(rung, snapshot) for rung in snapshot.rungs),
        conditions=tuple(_condition(one, snapshot.now_ns) for one in snapshot.conditions),
        devices=_devices(snapshot),
        troubled=tuple(_device(one) for one in snapshot.devices if one.state not in FINE),
        rules=gate.rules,
        gate=f"answers, revision {gate.revision}" if gate.healthy else f"fails: {gate.failure}",
        gate_healthy=gate.healthy,
        gate_since_ms=to_ms(gate.since_ns),
        gate_age=duration(seconds_between(gate.since_ns, snapshot.now_ns)),
        version=snapshot.version,
        digest=snapshot.digest[:12],
        tick=number(snapshot.tick, 0),
        base_tick=f"{snapshot.base_tick_s:g} s",
    )


def _loop(loop: LoopState) -> LoopRow:
    return LoopRow(
        name=loop.name,
        period=f"{loop.period_s:g} s",
        runs=number(loop.runs, 0),
        misses=number(loop.misses, 0),
        missed=loop.misses > 0,
        p50=_ms(loop.p50_ms),
        p95=_ms(loop.p95_ms),
        p99=_ms(loop.p99_ms),
        longest=_ms(loop.max_ms),
    )


def _condition(state: ConditionState, now_ns: int) -> ConditionRow:
    return ConditionRow(
        agent=state.agent,
        condition=state.condition,
        rung=state.rung,
        words=state.words,
        since_ms=to_ms(state.since_ns),
        age=duration(seconds_between(state.since_ns, now_ns)),
        left=duration(max(0.0, seconds_between(now_ns, state.until_ns))),
    )


def _devices(snapshot: Snapshot) -> str:
    fine = sum(one.state in FINE for one in snapshot.devices)
    return f"{fine} of {len(snapshot.devices)} are read as often as wanted"


def _device(one: DeviceBrief) -> DeviceRow:
    return DeviceRow(
        device=one.device,
        state=one.state,
        wire=one.line or "its own",
        breaker=one.breaker,
        wanted=f"{one.wanted_s:g} s",
        reached="–" if one.reached_s is None else f"{number(one.reached_s)} s",
        lost=number(one.lost, 0),
    )


def _ms(value: float) -> str:
    return f"{number(value)} ms"


def _rung(state: RungState, snapshot: Snapshot) -> RungRow:
    held = next((one for one in snapshot.suspended if one.agent == state.agent), None)
    return RungRow(
        agent=state.agent,
        rung=state.rung,
        condition=state.condition,
        lowered=state.rung != "model",
        why=state.why,
        suspended="" if held is None else f"{held.person}: {held.reason}",
        since_ms=to_ms(state.since_ns),
        age=duration(seconds_between(state.since_ns, snapshot.now_ns)),
        offers=agent_offers(state.agent, suspended=held is not None),
    )

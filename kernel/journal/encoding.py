"""Encoding: ticks and states as bytes, exact to the bit, for the recorder and for replay.

Arrays go as their raw little-endian bytes; everything else is msgpack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from kernel.alarm import Alarm
from kernel.capability import Agency
from kernel.command import Sent
from kernel.confidence import Calibration, Expected
from kernel.dispatch import Dispatch
from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.heartbeat import HeartbeatChange
from kernel.instruction import AgentChange, AlarmAct, BundleAct, HandOver, Instruction, Override, PointMode
from kernel.journal.arrays import arrays_of, image_of, intervals_of, watch_of
from kernel.journal.block_bytes import BlockBytes, block_bytes, block_of
from kernel.journal.projection import Fields, as_then
from kernel.ladder import Footing, Sighting
from kernel.pipe.state import InFlight, Operated, PipeState, Posture, Refusal, Rung, Selection, Shape
from kernel.pipe.tick import Inputs, Outputs, WorkerStep
from kernel.plan import Plan
from kernel.proposal import Proposal
from kernel.question import Question
from kernel.repair import RepairOrder
from kernel.request import Requested
from kernel.verdict import Judgement

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_in_order: Final = msgspec.msgpack.Encoder()


class TickRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One tick as the recorder keeps it: its inputs, what the gate answered, what came of it."""

    tick: int
    now_ns: int
    blocks: tuple[BlockBytes, ...]
    steps: tuple[WorkerStep, ...]
    sent: tuple[Sent, ...]
    requests: tuple[Proposal, ...]
    wall_ns: int
    judgements: tuple[Judgement, ...]
    journal_failure: str
    digest: bytes
    """Digest of the outputs."""
    activations: tuple[str, ...] | None = None
    """Agents that stepped; None in format 1, where all that were due did."""
    instructions: tuple[Instruction, ...] = ()
    turned_away: tuple[Requested, ...] = ()
    heartbeats: tuple[HeartbeatChange, ...] = ()
    conditions: tuple[Sighting, ...] = ()


class StateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the pipe as bytes, from which a replay begins."""

    tick: int
    now_ns: int
    arrays: dict[str, bytes]
    interval_now_ns: int
    last_end_ns: int
    agents: dict[str, bytes]
    standing: tuple[Proposal, ...]
    postures: dict[str, Posture]
    in_flight: dict[str, InFlight]
    refusals: tuple[Refusal, ...]
    sequences: dict[str, int]
    rungs: dict[str, Rung]
    forecasts: dict[str, Forecast]
    plans: dict[str, Plan]
    assessments: dict[str, Assessment]
    orders: dict[str, RepairOrder]
    gate_failure: str
    journal_failure: str
    modes: dict[str, PointMode] = {}
    footings: dict[str, Footing] = {}
    agencies: dict[str, Agency] = {}
    asked: tuple[Question, ...] = ()
    open_requests: tuple[Requested, ...] = ()
    selections: tuple[Selection, ...] = ()
    suspended: dict[str, AgentChange] = {}
    starts: dict[str, bytes] = {}
    overrides: tuple[Override, ...] = ()
    local: tuple[str, ...] = ()
    shapes: dict[str, Shape] = {}
    operated: dict[str, tuple[Operated, ...]] = {}
    gate_failed_ns: int = 0
    alarms: dict[str, Alarm] = {}
    canary: Alarm | None = None
    alarm_acts: dict[str, AlarmAct] = {}
    dispatches: dict[str, Dispatch] = {}
    hand_over: HandOver | None = None
    policy: str = ""
    trial: BundleAct | None = None
    expected: tuple[Expected, ...] = ()
    calibrations: dict[str, Calibration] = {}


def digest(outputs: Outputs, fields: Fields | None = None) -> bytes:
    """Return 16 bytes that agree exactly when two outputs agree exactly.

    Args:
        outputs: what a tick decided.
        fields: those of the recording that the digest is compared with; None means all of today.
    """
    body = _encoder.encode(outputs) if fields is None else _in_order.encode(as_then(outputs, fields))
    return hashlib.blake2b(body, digest_size=16).digest()


def record_of(
    inputs: Inputs, judgements: tuple[Judgement, ...], outputs: Outputs, *, journal_failure: str = ""
) -> TickRecord:
    """Keep a tick; whether the journal could be written is an input of what came of it."""
    return TickRecord(
        tick=inputs.tick,
        now_ns=inputs.now_ns,
        blocks=tuple(block_bytes(block) for block in inputs.blocks),
        steps=inputs.steps,
        sent=inputs.sent,
        requests=inputs.requests,
        wall_ns=inputs.wall_ns,
        judgements=judgements,
        journal_failure=journal_failure,
        digest=digest(outputs),
        activations=inputs.activations,
        instructions=inputs.instructions,
        turned_away=inputs.turned_away,
        heartbeats=inputs.heartbeats,
        conditions=inputs.conditions,
    )


def inputs_of(record: TickRecord) -> Inputs:
    """Return the inputs of a kept tick, exactly as they were."""
    return Inputs(
        tick=record.tick,
        now_ns=record.now_ns,
        blocks=tuple(block_of(block) for block in record.blocks),
        steps=record.steps,
        sent=record.sent,
        requests=record.requests,
        wall_ns=record.wall_ns,
        activations=record.activations,
        instructions=record.instructions,
        turned_away=record.turned_away,
        heartbeats=record.heartbeats,
        conditions=record.conditions,
    )


def state_record(state: PipeState) -> StateRecord:
    """Keep a state; the agents' states are encoded one by one."""
    image, intervals = state.image, state.intervals
    return StateRecord(
        tick=state.tick,
        now_ns=image.now_ns,
        arrays=arrays_of(image, state.watch, intervals),
        interval_now_ns=intervals.now_ns,
        last_end_ns=intervals.last_end_ns,
        agents={name: _encoder.encode(agent) for name, agent in state.agents.items()},
        standing=tuple(state.standing.values()),
        postures=dict(state.postures),
        in_flight=dict(state.in_flight),
        refusals=tuple(state.refusals.values()),
        sequences=dict(state.sequences),
        rungs=dict(state.rungs),
        forecasts=dict(state.forecasts),
        plans=dict(state.plans),
        assessments=dict(state.assessments),
        orders=dict(state.orders),
        gate_failure=state.gate_failure,
        journal_failure=state.journal_failure,
        modes=dict(state.modes),
        footings=dict(state.footings),
        agencies=dict(state.agencies),
        asked=tuple(state.asked.values()),
        open_requests=tuple(state.requests.values()),
        selections=tuple(state.selections.values()),
        suspended=dict(state.suspended),
        starts={name: _encoder.encode(agent) for name, agent in state.starts.items()},
        overrides=tuple(state.overrides.values()),
        local=tuple(sorted(state.local)),
        shapes=dict(state.shapes),
        operated=dict(state.operated),
        gate_failed_ns=state.gate_failed_ns,
        alarms=dict(state.alarms),
        canary=state.canary,
        alarm_acts=dict(state.alarm_acts),
        dispatches=dict(state.dispatches),
        hand_over=state.hand_over,
        policy=state.policy,
        trial=state.trial,
        expected=tuple(state.expected.values()),
        calibrations=dict(state.calibrations),
    )


def state_of(record: StateRecord, agent_types: Mapping[str, type]) -> PipeState:
    """Return a kept state.

    Args:
        record: what was kept.
        agent_types: type of each agent's state, by agent.
    """
    return PipeState(
        tick=record.tick,
        image=image_of(record.arrays, tick=record.tick, now_ns=record.now_ns),
        watch=watch_of(record.arrays),
        intervals=intervals_of(record.arrays, now_ns=record.interval_now_ns, last_end_ns=record.last_end_ns),
        agents={n: msgspec.msgpack.decode(b, type=agent_types[n]) for n, b in record.agents.items()},
        standing={(p.agent, p.point): p for p in record.standing},
        postures=record.postures,
        in_flight=record.in_flight,
        refusals={(r.agent, r.point): r for r in record.refusals},
        sequences=record.sequences,
        rungs=record.rungs,
        forecasts=record.forecasts,
        plans=record.plans,
        assessments=record.assessments,
        orders=record.orders,
        gate_failure=record.gate_failure,
        journal_failure=record.journal_failure,
        modes=record.modes,
        footings=record.footings,
        agencies=record.agencies,
        asked={question.id: question for question in record.asked},
        requests={one.key: one for one in record.open_requests},
        selections={one.point: one for one in record.selections},
        suspended=record.suspended,
        starts={n: msgspec.msgpack.decode(b, type=agent_types[n]) for n, b in record.starts.items()},
        overrides={override.key: override for override in record.overrides},
        local=frozenset(record.local),
        shapes=record.shapes,
        operated=record.operated,
        gate_failed_ns=record.gate_failed_ns,
        alarms=record.alarms,
        canary=record.canary,
        alarm_acts=record.alarm_acts,
        dispatches=record.dispatches,
        hand_over=record.hand_over,
        policy=record.policy,
        trial=record.trial,
        expected={(one.agent, one.point, one.expects.due_ns): one for one in record.expected},
        calibrations=record.calibrations,
    )

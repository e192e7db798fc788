"""The local protocol: what CLI, control room and demo ask a running gateway over a Unix socket.

A frame is a 4-byte big-endian length and a msgpack body; one request, one answer, in order.
This file holds the messages and the framing only; `kernel.shell.socket` carries them.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from kernel.command import Command, Receipt
from kernel.decision import Decision
from kernel.finding import Finding
from kernel.forecast import Forecast
from kernel.instruction import Instruction, Override, PointMode
from kernel.measurement import Measurement
from kernel.plan import Plan
from kernel.proposal import Proposal
from kernel.question import Question
from kernel.repair import RepairOrder
from kernel.verdict import Verdict

VERSION: Final = 1
LONGEST_FRAME: Final = 16 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First request on a connection."""

    version: int = VERSION


class GetSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the state of the gateway as it is now."""


class GetLineage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask where a command came from and what became of it."""

    command: str


class GetTree(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the tree of supervisors with everything that runs."""


class PutRequest(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person asks for a value on a point; arbiter and gate decide."""

    point: str
    value: float
    person: str
    reason: str
    validity_s: float = 60.0
    key: str = ""
    """Idempotency key: sent again with the same one, it has no second effect; empty means it has none."""


class Instruct(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person tells the gateway something that is no wish for a value."""

    instruction: Instruction
    """Its times are set by the gateway."""
    for_s: float = 0.0
    """How long it holds from now, operational seconds; 0 means until it is told otherwise."""


class GetMetrics(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the figures that are watched over time."""


class Reload(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the gateway to run by another revision of its site file."""

    file: str = ""
    """The site file; empty for the one it was started with."""
    back: bool = False
    """Return to the revision before instead; `file` does not matter then."""


class GetProcesses(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for the process table."""


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the gateway to end in order."""


Request = (
    Hello
    | GetSnapshot
    | GetLineage
    | GetMetrics
    | GetProcesses
    | GetTree
    | PutRequest
    | Instruct
    | Reload
    | Stop
)


class PointState(msgspec.Struct, frozen=True, kw_only=True):
    """A point with its newest value, as a page shows it."""

    point: str
    unit: str
    value: float
    quality: int
    words: str
    """The quality in words."""
    age_s: float
    state: str = ""
    """Name of the code, for discrete points."""


class RungState(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent stands on the degradation ladder."""

    agent: str
    rung: str
    why: str
    since_ns: int
    condition: str = ""
    """Condition of the ladder that leads to it, `agent` where the agent says so itself, or `climbing`."""


class ConditionState(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that an agent is under."""

    agent: str
    condition: str
    words: str
    """The newest evidence."""
    rung: str
    """Highest rung it leaves."""
    since_ns: int
    until_ns: int
    """When it is over, if it is not seen again, nanoseconds since 1970 UTC."""


class CommandState(msgspec.Struct, frozen=True, kw_only=True):
    """One command or refused decision, newest first in lists."""

    id: str
    """Command id; for a refused decision the id the command would have had."""
    point: str
    value: float
    unit: str
    at_ns: int
    asked_by: str
    verdict: str
    """allow, clamp, deny, ask or safe_set."""
    rule: str
    reason: str
    outcome: str
    """open, done, refused, timed_out, expired, unknown or denied."""
    detail: str
    renewal: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something a dispatcher should know: lost device, refused command, gate failure, drift."""

    id: str
    priority: int
    """1 (highest) to 4, ISA-18.2 manner."""
    text: str
    detail: str
    since_ns: int
    active: bool


class GateState(msgspec.Struct, frozen=True, kw_only=True):
    """The policy gate as it stands."""

    revision: str
    healthy: bool
    failure: str
    since_ns: int
    rules: tuple[str, ...]


class LoopState(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of one loop; durations in milliseconds of real time."""

    name: str
    period_s: float
    runs: int
    misses: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Recent interval means of a point, oldest first, for charts."""

    point: str
    unit: str
    start_ns: int
    step_s: float
    values: tuple[float | None, ...]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Everything a page shows of one gateway."""

    site: str
    title: str
    currency: str
    version: str
    digest: str
    now_ns: int
    tick: int
    base_tick_s: float
    clock: str
    """synchronised, not synchronised, scaled or virtual."""
    clock_factor: float
    points: tuple[PointState, ...]
    rungs: tuple[RungState, ...]
    orders: tuple[RepairOrder, ...]
    commands: tuple[CommandState, ...]
    notices: tuple[Notice, ...]
    forecasts: tuple[Forecast, ...]
    plans: tuple[Plan, ...]
    series: tuple[Series, ...]
    gate: GateState
    loops: tuple[LoopState, ...]
    conditions: tuple[ConditionState, ...] = ()
    """Conditions of the ladder that are active."""
    demand_limit_kw: float | None = None
    demand_point: str = ""
    modes: tuple[PointMode, ...] = ()
    """The points that are not in their normal mode."""
    asked: tuple[Question, ...] = ()
    """What policy asks people, oldest first."""
    overrides: tuple[Override, ...] = ()
    """What people hold over all agents, the oldest first."""
    local: tuple[str, ...] = ()
    """Writable points whose devices say that they are operated on the spot."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One child of a supervisor as it stands."""

    name: str
    state: str
    """running, ended or starting."""
    restart: str
    """permanent, transient or temporary."""
    restarts: int
    uptime_s: float
    """Seconds since its last start; 0 where it does not run."""
    why: str
    """How its last life ended; empty where it has had no other."""
    pid: int = 0
    """Process id, where it is a process."""
    family: Branch | None = None
    """Its own children, where it is a supervisor."""


class Branch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A supervisor with its children as they stand."""

    name: str
    strategy: str
    intensity: int
    period_s: float
    children: tuple[Leaf, ...]


class Lineage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of one command: inputs, forecast, proposals, decision, verdict, write, read-back."""

    command: Command | None
    decision: Decision | None
    proposals: tuple[Proposal, ...]
    measurements: tuple[Measurement, ...]
    forecasts: tuple[Forecast, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict | None
    receipt: Receipt | None
    revision: str
    written_at_ns: int | None
    decided_at_ns: int | None = None
    """When it was decided, permitted or refused, nanoseconds since 1970 UTC; None where it is not known."""
    missing: str = ""
    """Why parts are not there, or why the command is not known."""


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """One agent as the process table shows it; durations in milliseconds of real time."""

    agent: str
    priority: str
    """Its class."""
    period_s: float
    phase_s: float
    deadline_s: float
    state: str
    """ready, running, suspended or degraded."""
    rung: str
    """Empty before it has stepped."""
    why: str
    """Why it stands on that rung."""
    where: str
    """loop or worker."""
    pid: int
    """Process id; 0 where its worker has none."""
    runs: int
    misses: int
    """Outputs that came after the deadline, and releases that never ran."""
    skipped: int
    """Releases that were given up after an overrun."""
    overruns: int
    restarts: int
    cpu_percent: float
    """Of one core."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    jitter_p99_ms: float
    """From the release to the begin of the step."""
    jitter_max_ms: float


class BlockedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the event loop was held for too long, and how often."""

    place: str
    count: int


class Processes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process table of a gateway."""

    now_ns: int
    agents: tuple[ProcessState, ...]
    blocked: tuple[BlockedPlace, ...] = ()


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request was taken; what becomes of it shows in the journal."""

    trace: str = ""


class Repeated(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The same key was heard before: nothing was done now, and this is what became of it then."""

    key: str
    stage: str
    """taken, asked, permitted, refused, superseded or expired."""
    why: str = ""
    command: str = ""
    """Id of the command, question or refusal that came of it."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request was not taken, and why."""

    reason: str


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One figure of a metric, in the manner of Prometheus: base units, labels as texts."""

    name: str
    value: float
    labels: dict[str, str] = {}


class Metrics(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All figures that are watched over time, as they stand."""

    samples: tuple[Sample, ...]


Answer = Snapshot | Lineage | Metrics | Processes | Branch | Accepted | Repeated | Rejected

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class FrameTooLong(ValueError):
    """A frame claims to be longer than the protocol admits."""


def frame(message: Request | Answer) -> bytes:
    """Encode a message with its length in front."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def frame_length(head: bytes) -> int:
    """Read the length of a frame from its first four bytes.

    Raises:
        FrameTooLong: the other side sends more than 16 MiB, or no frame of ours.
    """
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_FRAME:
        raise FrameTooLong(f"frame of {length} bytes; at most {LONGEST_FRAME} are taken")
    return int(length)


def read_request(body: bytes) -> Request:
    """Decode a request.

    Raises:
        msgspec.DecodeError: not one of ours.
    """
    return _requests.decode(body)


def read_answer(body: bytes) -> Answer:
    """Decode an answer.

    Raises:
        msgspec.DecodeError: not one of ours.
    """
    return _answers.decode(body)

"""The snapshot: everything a page shows of one gateway, as it is at one moment."""

from __future__ import annotations

import msgspec

from kernel.alarm import Alarm
from kernel.capability import AskedPeople
from kernel.dispatch import Dispatch
from kernel.forecast import Forecast
from kernel.instruction import AgentChange, HandOver, Override, PointMode
from kernel.plan import Plan
from kernel.question import Question
from kernel.repair import RepairOrder
from kernel.shell.wire.buses import DeviceBrief


class PointState(msgspec.Struct, frozen=True, kw_only=True):
    """A point with its newest value, as a page shows it."""

    point: str
    unit: str
    value: float
    quality: int
    """As of `Snapshot.now_ns`: old where it is older than declared, whether or not a tick has judged it."""
    words: str
    """The quality in words."""
    at_ns: int | None
    """The moment the value is about, nanoseconds since 1970 UTC; None where none was ever read."""
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
    """allow, clamp (allowed within bounds that policy set), deny, ask or safe_set."""
    rule: str
    """Of the policy that bounded or refused it; empty where none did."""
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


class CanaryState(msgspec.Struct, frozen=True, kw_only=True):
    """The canary alarm of a site: while new ones come, alarms come through."""

    every_s: float
    """Operational seconds from one to the next."""
    raised_ns: int | None
    """When the last one was raised that came through, operational time; None before the first."""


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
    """Operational time of the asking: ages are reckoned against it."""
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
    overridden: dict[str, str] = {}
    """By set-point the id of the override that rules it."""
    agents_ask: tuple[AskedPeople, ...] = ()
    """What agents ask people and nobody has answered, oldest first."""
    suspended: tuple[AgentChange, ...] = ()
    """Agents that people have suspended: who, why and since when."""
    devices: tuple[DeviceBrief, ...] = ()
    """How every device stands on its bus."""
    alarms: tuple[Alarm, ...] = ()
    """Alarms that are not normal or cannot be judged, the most urgent first."""
    dispatches: tuple[Dispatch, ...] = ()
    """Where the work on repair orders stands; those that nobody has touched are not among them."""
    hand_over: HandOver | None = None
    """The last note from one shift to the next."""
    canary: CanaryState | None = None
    """None where the site asks for no canary alarm."""
    alarms_last_hour: int = 0
    """Alarms that occurred in the hour before `now_ns`, since the start: what an operator has to bear."""

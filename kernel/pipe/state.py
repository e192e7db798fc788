"""The state of the pipe between two ticks: explicit, small, and never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kernel.alarm import Alarm
from kernel.capability import Agency
from kernel.command import Command, Transmission
from kernel.confidence import Calibration, Expected
from kernel.dispatch import Dispatch
from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.image import ProcessImage
from kernel.instruction import AgentChange, AlarmAct, BundleAct, HandOver, Override, PointMode
from kernel.ladder import Footing
from kernel.pipe.intervals import Intervals
from kernel.pipe.plausibility import Watch
from kernel.plan import Plan
from kernel.proposal import Proposal
from kernel.question import Question
from kernel.repair import RepairOrder
from kernel.request import Requested

LOST: Final = "lost"
"""Authority of a posture whose command did not get through."""


class Posture(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The value that stands on a set-point, and by what right."""

    value: float
    authority: str
    """`gate` or `safe_set`; `lost` where nobody knows whether the value stands."""
    revision: str
    renew_at_ns: int
    """From then on the value must be permitted and written again."""
    command: str
    """Id of the command that set it."""
    decided: float | None = None
    """What was decided where policy's bounds left this value of it; None where policy set none."""


class InFlight(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A journalled command that has not reached its end state."""

    command: Command
    transmission: Transmission | None = None
    """What the wire said; None while it is queued."""
    sent_at_ns: int = 0
    deadline_ns: int = 0
    """Until then the feedback must show the effect; 0 while it is queued."""
    outlived: bool = False
    """Whether a run before left it open and its validity was over when this one began."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is being reserved for one operation, or is reserved."""

    point: str
    """What will be operated."""
    value: float
    chosen_by: str
    """Whose wish it is."""
    command: str
    """Id of the select."""
    trace: str
    until_ns: int
    """End of the reservation, reckoned from when the select was issued."""
    reserved: bool = False
    """Whether the device has confirmed it."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Where a set-point with limits of movement is on its way."""

    value: float
    """What was decided last, in the point's unit."""
    target: float
    """Where it was to go."""
    switched_ns: int
    """When it last went on or off; where that is not known, when the run first looked at it."""


class Operated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One operation of what wears."""

    point: str
    value: float
    at_ns: int
    """Operational time at which it was permitted."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that was not permitted; it is not asked again before `until_ns` unless it changes."""

    agent: str
    """Whose wish the refused value came from; `safe_set` where bounds excluded each other."""
    point: str
    value: float
    """The value that was refused, in the point's unit."""
    wanted: float | None
    """What the agent had wanted, before others narrowed it."""
    rule: str
    by_policy: bool
    """Whether policy itself said no; then the wish is left out of arbitration meanwhile."""
    until_ns: int
    question: str = ""
    """Id of the question that is open about the wish, or was answered with no."""
    wanted_low: float = 0.0
    """Lowest wish that the question is about; of no meaning without one."""
    wanted_high: float = 0.0
    on: str = ""
    """The sum that the refused wish is for; empty where it is for the point itself."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent stands on the degradation ladder."""

    rung: str
    why: str
    since_ns: int
    condition: str = ""
    """What leads to it: a condition of the ladder by name, `agent` where it says so itself, or `climbing`."""


class PipeState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Everything the pipe remembers from one tick to the next."""

    tick: int
    image: ProcessImage
    watch: Watch
    intervals: Intervals
    agents: Mapping[str, Any]
    """States of the agents that run on the loop, by name."""
    standing: Mapping[tuple[str, str], Proposal] = {}
    postures: Mapping[str, Posture] = {}
    in_flight: Mapping[str, InFlight] = {}
    refusals: Mapping[tuple[str, str], Refusal] = {}
    """By agent and point."""
    sequences: Mapping[str, int] = {}
    """Last sequence number used on each point whose device has a sequence register."""
    rungs: Mapping[str, Rung] = {}
    rungs_shown: Mapping[str, Rung] = {}
    """The rungs that the image shows: those that were in force when it was made."""
    footings: Mapping[str, Footing] = {}
    """What each agent says of itself, and the conditions it is under."""
    agencies: Mapping[str, Agency] = {}
    """What the kernel keeps for agents that make calls."""
    forecasts: Mapping[str, Forecast] = {}
    plans: Mapping[str, Plan] = {}
    assessments: Mapping[str, Assessment] = {}
    orders: Mapping[str, RepairOrder] = {}
    alarms: Mapping[str, Alarm] = {}
    """By id: those that are not normal, or cannot be judged. The canary is never among them."""
    canary: Alarm | None = None
    """The canary alarm as it was told last; None before the first, and where the site asks for none."""
    expected: Mapping[tuple[str, str, int], Expected] = {}
    """What wishes expect to be seen, by agent, point or sum of the wish, and when it is due."""
    calibrations: Mapping[str, Calibration] = {}
    """By agent: the outcomes of what it expected."""
    dispatches: Mapping[str, Dispatch] = {}
    """By repair order: where the work stands; one that nobody has touched is not in it."""
    hand_over: HandOver | None = None
    """The last note from one shift to the next."""
    alarm_acts: Mapping[str, AlarmAct] = {}
    """By alarm: what people did to it and its watch has not answered yet."""
    asked: Mapping[str, Question] = {}
    """Questions to people that are not over, by id."""
    requests: Mapping[str, Requested] = {}
    """Requests of people of which nothing has become yet, by key."""
    selections: Mapping[str, Selection] = {}
    """Devices reserved for an operation, by the point that will be operated."""
    modes: Mapping[str, PointMode] = {}
    """By point: the instruction that set its mode; a normal point is not in it."""
    suspended: Mapping[str, AgentChange] = {}
    """By agent: the instruction that suspended it."""
    starts: Mapping[str, Any] = {}
    """States in which the agents on the loop started this run: where a restart begins."""
    overrides: Mapping[str, Override] = {}
    """By id, the oldest first."""
    local: frozenset[str] = frozenset()
    """Writable points whose devices say that they are operated on the spot."""
    shapes: Mapping[str, Shape] = {}
    """By set-point whose movement is limited."""
    operated: Mapping[str, tuple[Operated, ...]] = {}
    """By asset: what was operated in the last day, the oldest first."""
    policy: str = ""
    """Policy revision that was promoted in this run; empty while it is the one that the run began with."""
    trial: BundleAct | None = None
    """The act by which a policy bundle is tried beside the active one; None while none is."""
    gate_failure: str = ""
    """Why the gate gave no usable answer last time; empty while it works."""
    gate_failed_ns: int = 0
    """When it gave none last time; 0 while it works."""
    journal_failure: str = ""
    """Why the command journal could not be written in this tick; empty while it can."""

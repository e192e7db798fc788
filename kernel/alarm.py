"""Alarms: conditions that need an operator's response, in the states of ISA-18.2."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kernel.finding import Finding
from kernel.instruction import OnAlarm


class AlarmState(StrEnum):
    """Where an alarm stands.

    Source: ANSI/ISA-18.2 (IEC 62682), alarm state diagram, without the optional latched states. The paid text
    was not read; the states and their letters are from memory.
    """

    NORMAL = "normal"
    """A: the condition does not hold, and nobody has to look."""
    UNACKNOWLEDGED = "unacknowledged"
    """B: the condition holds, and nobody has said that they saw it."""
    ACKNOWLEDGED = "acknowledged"
    """C: the condition holds, and somebody has seen it."""
    RETURNED = "returned"
    """D: the condition is over, and nobody has said that they saw it."""
    SHELVED = "shelved"
    """G: an operator has put it aside for a time."""
    SUPPRESSED = "suppressed"
    """H: suppressed by design: the state of the plant makes the condition meaningless."""
    OUT_OF_SERVICE = "out_of_service"
    """I: taken out of service, for maintenance."""


PRIORITIES: Final = (1, 2, 3)
"""High, medium, low."""
CANARY: Final = "canary"
"""Condition of the alarm that proves the way of all others; nobody answers it."""
OCCURS: Final = "occurs"
"""Event of an alarm whose condition begins to hold."""
SHOWN: Final = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED})
"""States in which an alarm stands in the list of an operator."""
LISTED: Final = SHOWN | {AlarmState.NORMAL}
"""States in which an alarm is not put aside."""
POSSIBLE: Final[Mapping[OnAlarm, frozenset[AlarmState]]] = {
    OnAlarm.ACKNOWLEDGE: frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED}),
    OnAlarm.SHELVE: LISTED,
    OnAlarm.UNSHELVE: frozenset({AlarmState.SHELVED}),
    OnAlarm.TAKE_OUT: LISTED,
    OnAlarm.PUT_BACK: frozenset({AlarmState.OUT_OF_SERVICE}),
}
"""In which states a person can do what; the machine of the alarms has the same transitions."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One alarm after a transition: what holds, since when, on what evidence, and what to do about it."""

    id: str
    """`condition:subject`, such as `busbar_balance:t1`: the same condition again has the same id."""
    condition: str
    """Name of the condition."""
    asset: str
    """Asset that it is about."""
    point: str = ""
    """The most likely point; empty where the evidence names none."""
    priority: int
    """1 (high), 2 (medium) or 3 (low)."""
    state: AlarmState
    active: bool
    """Whether the condition holds, also while the alarm is shelved, suppressed or out of service."""
    event: str
    """What led into the state: one of `edge.alarms.machine.Event`, or blind, sighted, unchanged."""
    at_ns: int
    """Control time of the transition, nanoseconds since 1970 UTC."""
    since_ns: int
    """Since when the condition holds; where it is over, since when it held; 0 where it never did."""
    text: str
    """One sentence for a dispatcher: what is wrong, with figures."""
    evidence: tuple[Finding, ...]
    """Values with units, limits, qualities and times, as they were at the transition."""
    consequence: str
    """What comes of it if nobody acts."""
    response: str
    """What the operator should do."""
    respond_within_s: float
    """Time to respond, seconds."""
    blind: bool = False
    """Whether the condition cannot be judged now, because what it looks at is not good."""
    shelved_until_ns: int = 0
    """End of shelving; 0 where it is not shelved."""
    by: str = ""
    """Person who acknowledged, shelved or took it out of service."""

    @property
    def is_canary(self) -> bool:
        """Tell whether it proves the way of alarms and asks nobody for anything: it is counted nowhere."""
        return self.condition == CANARY

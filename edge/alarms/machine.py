"""The state machine of an alarm: which transitions there are, and the delays that keep it from chattering.

Pure. Time is control time, and is given. A condition that cannot be judged neither raises nor clears: its
delays stand still meanwhile, and after a minute the alarm says that it is blind.

Source: ANSI/ISA-18.2 (IEC 62682), alarm state diagram; on-delay, off-delay and deadband as its basic alarm
design has them. The paid text was not read: the diagram is from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kernel.alarm import AlarmState
from kernel.point import NANOSECONDS

BLIND_NS: Final = 60 * NANOSECONDS
"""A condition that could not be judged for so long is said to be blind."""


class Event(StrEnum):
    """What can happen to an alarm."""

    OCCURS = "occurs"
    RETURNS = "returns"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    TAKE_OUT = "take_out"
    PUT_BACK = "put_back"


_S, _E = AlarmState, Event
_LISTED: Final = (_S.NORMAL, _S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.RETURNED)
_ASIDE: Final = (
    (_S.SHELVED, _E.SHELVE, _E.UNSHELVE),
    (_S.SUPPRESSED, _E.SUPPRESS, _E.UNSUPPRESS),
    (_S.OUT_OF_SERVICE, _E.TAKE_OUT, _E.PUT_BACK),
)
TRANSITIONS: Final[Mapping[tuple[AlarmState, Event], tuple[AlarmState, ...]]] = {
    (_S.NORMAL, _E.OCCURS): (_S.UNACKNOWLEDGED,),
    (_S.UNACKNOWLEDGED, _E.ACKNOWLEDGE): (_S.ACKNOWLEDGED,),
    (_S.UNACKNOWLEDGED, _E.RETURNS): (_S.RETURNED,),
    (_S.ACKNOWLEDGED, _E.RETURNS): (_S.NORMAL,),
    (_S.RETURNED, _E.ACKNOWLEDGE): (_S.NORMAL,),
    (_S.RETURNED, _E.OCCURS): (_S.UNACKNOWLEDGED,),
    **{(state, enter): (aside,) for state in _LISTED for aside, enter, _ in _ASIDE},
    **{(aside, leave): (_S.NORMAL, _S.UNACKNOWLEDGED) for aside, _, leave in _ASIDE},
}
"""Every transition there is; where two states are named, it is the second while the condition holds."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps an alarm from chattering."""

    on_delay_s: float
    """Time for which the condition must have been seen before it occurs, seconds."""
    off_delay_s: float
    """Time for which it must have been seen to be over before it returns, seconds; more than 0."""
    deadband: float = 0.0
    """How far below its limit the value must be before the condition counts as over, in its unit."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alarm stands, and what it remembers between two looks."""

    state: AlarmState = AlarmState.NORMAL
    active: bool = False
    """Whether the condition holds, after the delays."""
    event: str = ""
    """What led into the state."""
    at_ns: int = 0
    """When it came there."""
    since_ns: int = 0
    """Since when the condition holds or held."""
    looked_ns: int = 0
    turning: bool = False
    """Whether the newest good look said otherwise than `active`."""
    turning_ns: int = 0
    """For how long it has been seen to say so."""
    hole: bool = False
    """Whether the newest look could not judge."""
    hole_ns: int = 0
    """For how long none could."""
    blind: bool = False
    shelved_until_ns: int = 0
    by: str = ""

    @property
    def rests(self) -> bool:
        """Tell whether a look at a value well within its limit would change nothing."""
        return self.state is AlarmState.NORMAL and not (self.turning or self.hole or self.blind)


class NotPossible(ValueError):
    """An alarm in this state has no such transition."""


def look(timing: Timing, before: Standing, now_ns: int, over: float | None) -> Standing:
    """Judge the condition once.

    Args:
        timing: of the alarm.
        before: where it stood.
        now_ns: control time; it does not fall.
        over: how far the value is beyond its limit, in its unit, negative within; None where it cannot be
            judged, because something that it rests on is not good.
    """
    standing = _unshelved(before, now_ns)
    since_last_ns = now_ns - standing.looked_ns
    if over is None:
        hole_ns = standing.hole_ns + since_last_ns if standing.hole else 0
        blind = standing.blind or hole_ns >= BLIND_NS
        return msgspec.structs.replace(standing, looked_ns=now_ns, hole=True, hole_ns=hole_ns, blind=blind)
    turns = over < -timing.deadband if standing.active else over > 0.0
    counts = turns and standing.turning and not standing.hole
    turning_ns = standing.turning_ns + (since_last_ns if counts else 0) if turns else 0
    seen = msgspec.structs.replace(
        standing,
        looked_ns=now_ns,
        turning=turns,
        turning_ns=turning_ns,
        hole=False,
        hole_ns=0,
        blind=False,
    )
    delay_s = timing.off_delay_s if standing.active else timing.on_delay_s
    if not turns or turning_ns < round(delay_s * NANOSECONDS):
        return seen
    return _turned(seen, now_ns)


def told(before: Standing, event: Event, now_ns: int, *, by: str = "", until_ns: int = 0) -> Standing:
    """Let a person, or the design, act on an alarm.

    Args:
        before: where it stands.
        event: anything but `occurs` and `returns`, which only looks can find.
        now_ns: control time.
        by: who acts.
        until_ns: end of shelving; shelving is always for a time.

    Raises:
        NotPossible: there is no such transition from this state, or shelving has no end that is to come.
    """
    if event in {Event.OCCURS, Event.RETURNS}:
        raise NotPossible(f"{event} is found by looking, nobody tells it")
    if event is Event.SHELVE and until_ns <= now_ns:
        raise NotPossible("an alarm is shelved for a time that is to come")
    until_ns = until_ns if event is Event.SHELVE else 0
    return _moved(before, event, now_ns, by=by, until_ns=until_ns)


def _unshelved(standing: Standing, now_ns: int) -> Standing:
    if standing.state is AlarmState.SHELVED and now_ns >= standing.shelved_until_ns:
        return _moved(standing, Event.UNSHELVE, now_ns)
    return standing


def _turned(seen: Standing, now_ns: int) -> Standing:
    """Let the condition begin or end; what is put aside only remembers it."""
    begins = not seen.active
    since_ns = now_ns - seen.turning_ns if begins else seen.since_ns
    turned = msgspec.structs.replace(seen, active=begins, since_ns=since_ns, turning=False, turning_ns=0)
    event = Event.OCCURS if begins else Event.RETURNS
    if (turned.state, event) not in TRANSITIONS:
        return turned
    return _moved(turned, event, now_ns)


def _moved(standing: Standing, event: Event, now_ns: int, *, by: str = "", until_ns: int = 0) -> Standing:
    ways = TRANSITIONS.get((standing.state, event))
    if ways is None:
        raise NotPossible(f"an alarm that is {standing.state} has no transition {event}")
    state = ways[-1] if standing.active else ways[0]
    return msgspec.structs.replace(
        standing, state=state, event=event.value, at_ns=now_ns, by=by, shelved_until_ns=until_ns
    )

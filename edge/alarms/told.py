"""What a person told an alarm, done: the same act on the same alarm gives the same state.

Pure. Between the door and the look of the watch an alarm may have moved; then nothing is done, and its state
as it is now is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from edge.alarms.machine import Event, NotPossible, Standing, told
from kernel.instruction import AlarmAct, Instructed, OnAlarm

EVENTS: Final[Mapping[OnAlarm, Event]] = {
    OnAlarm.ACKNOWLEDGE: Event.ACKNOWLEDGE,
    OnAlarm.SHELVE: Event.SHELVE,
    OnAlarm.UNSHELVE: Event.UNSHELVE,
    OnAlarm.TAKE_OUT: Event.TAKE_OUT,
    OnAlarm.PUT_BACK: Event.PUT_BACK,
}


def acts_of(instructions: Iterable[Instructed]) -> tuple[AlarmAct, ...]:
    """Return what people did to alarms in a tick and was taken, in order."""
    taken = (one.instruction for one in instructions if not one.refused)
    return tuple(one for one in taken if isinstance(one, AlarmAct))


def after(before: Standing, act: AlarmAct, now_ns: int) -> Standing:
    """Return where an alarm stands after what a person told it; where it stood, if that is not possible."""
    try:
        return told(before, EVENTS[act.act], now_ns, by=act.person, until_ns=act.until_ns)
    except NotPossible:
        return before

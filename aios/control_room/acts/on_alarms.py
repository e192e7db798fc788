"""Which acts an alarm offers: those that the state machine of ISA-18.2 has from where it stands."""

from __future__ import annotations

from typing import Final

from aios.control_room.acts.offer import Offer, path_of
from edge.access.limits import LONGEST_SHELVED_S
from edge.access.right import right_to
from edge.alarms.machine import TRANSITIONS, Event
from kernel.alarm import Alarm
from kernel.instruction import OnAlarm

_ACTS: Final = (
    (Event.ACKNOWLEDGE, "Acknowledge", "a", ()),
    (Event.SHELVE, "Shelve…", "s", ("for_s",)),
    (Event.UNSHELVE, "Unshelve", "u", ()),
    (Event.TAKE_OUT, "Out of service", "t", ()),
    (Event.PUT_BACK, "Put back", "b", ()),
)


def alarm_offers(alarm: Alarm) -> tuple[Offer, ...]:
    """Return what can be done to an alarm, the usual first.

    An alarm that only cannot be judged is acknowledged by nobody: there is no transition for it.
    """
    return tuple(
        Offer(
            action=right_to(OnAlarm(event.value)).action,
            word=word,
            key=key,
            path=path_of("alarms", alarm.id, event.value.replace("_", "-")),
            about=alarm.text,
            asks=asks,
            longest_s=LONGEST_SHELVED_S,
        )
        for event, word, key, asks in _ACTS
        if (alarm.state, event) in TRANSITIONS
    )

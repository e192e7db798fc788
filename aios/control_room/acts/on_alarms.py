"""Which acts an alarm offers: those that the state machine of ISA-18.2 has from where it stands."""

from __future__ import annotations

from typing import Final

from aios.control_room.acts.offer import Offer, path_of
from edge.alarms.machine import TRANSITIONS, Event
from kernel.alarm import Alarm

LONGEST_SHELVED_S: Final = 86_400
"""An alarm is put aside for a day at the most, seconds."""
_ACTS: Final = (
    (Event.ACKNOWLEDGE, "acknowledge", "Acknowledge", "a", ()),
    (Event.SHELVE, "shelve", "Shelve…", "s", ("for_s",)),
    (Event.UNSHELVE, "shelve", "Unshelve", "u", ()),
    (Event.TAKE_OUT, "take_out", "Out of service", "t", ()),
    (Event.PUT_BACK, "take_out", "Put back", "b", ()),
)


def alarm_offers(alarm: Alarm) -> tuple[Offer, ...]:
    """Return what can be done to an alarm, the usual first.

    An alarm that only cannot be judged is acknowledged by nobody: there is no transition for it.
    """
    return tuple(
        Offer(
            action=action,
            word=word,
            key=key,
            path=path_of("alarms", alarm.id, event.value.replace("_", "-")),
            about=alarm.text,
            asks=asks,
            longest_s=LONGEST_SHELVED_S,
        )
        for event, action, word, key, asks in _ACTS
        if (alarm.state, event) in TRANSITIONS
    )

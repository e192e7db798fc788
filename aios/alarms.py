"""The alarms of a gateway: its site's conditions, as an earlier life has left them in the journal."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.alarms.conditions import families
from edge.alarms.watch import AlarmWatch
from kernel.alarm import Alarm, AlarmState
from kernel.journal.commands import CommandJournal
from kernel.site import Site

_ALL: Final = 2**62


def alarms_left(journal: CommandJournal) -> dict[str, Alarm]:
    """Return the alarms that are not back to normal in a journal, by id."""
    newest: dict[str, Alarm] = {}
    for entry in journal.of_kinds(("alarm",), after=0, most=_ALL):
        newest[entry.subject] = msgspec.json.decode(entry.body, type=Alarm)
    return {name: alarm for name, alarm in newest.items() if alarm.state is not AlarmState.NORMAL}


def watch_of(site: Site, journal: CommandJournal) -> tuple[AlarmWatch, dict[str, Alarm]]:
    """Make what watches a site; return it with the alarms that it goes on with.

    One whose condition this site file no longer has is left behind.
    """
    left, conditions = alarms_left(journal), families(site)
    watch = AlarmWatch(conditions, left)
    known = {definition.id for definition in watch.definitions}
    return watch, {name: alarm for name, alarm in left.items() if name in known}

"""The alarms of a gateway: its site's conditions, as an earlier life has left them in the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from edge.alarms.conditions import families
from edge.alarms.told import acts_of
from edge.alarms.watch import AlarmWatch
from kernel.alarm import Alarm, AlarmState
from kernel.instruction import AlarmAct, Instructed
from kernel.journal.commands import CommandJournal
from kernel.site import Site

_ALL: Final = 2**62


def alarms_left(journal: CommandJournal) -> dict[str, Alarm]:
    """Return the alarms that are not back to normal in a journal, by id."""
    newest: dict[str, Alarm] = {}
    for entry in journal.of_kinds(("alarm",), after=0, most=_ALL):
        newest[entry.subject] = msgspec.json.decode(entry.body, type=Alarm)
    return {name: alarm for name, alarm in newest.items() if alarm.state is not AlarmState.NORMAL}


def acts_owed(journal: CommandJournal) -> Sequence[AlarmAct]:
    """Return what people did to alarms and no alarm in a journal answers, in order."""
    owed: dict[str, AlarmAct] = {}
    for entry in journal.of_kinds(("alarm", "instruction"), after=0, most=_ALL):
        if entry.kind == "alarm":
            if entry.subject in owed and _at_ns(entry.body) >= owed[entry.subject].at_ns:
                del owed[entry.subject]
            continue
        for act in acts_of([msgspec.json.decode(entry.body, type=Instructed)]):
            owed[act.alarm] = act
    return tuple(owed.values())


def _at_ns(body: str) -> int:
    return msgspec.json.decode(body, type=Alarm).at_ns


def watch_of(site: Site, journal: CommandJournal) -> tuple[AlarmWatch, dict[str, Alarm]]:
    """Make what watches a site; return it with the alarms that it goes on with.

    One whose condition this site file no longer has is left behind.
    """
    left, conditions = alarms_left(journal), families(site)
    watch = AlarmWatch(conditions, left, acts_owed(journal))
    known = {definition.id for definition in watch.definitions}
    return watch, {name: alarm for name, alarm in left.items() if name in known}

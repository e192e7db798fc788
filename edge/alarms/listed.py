"""The list of alarms, as an operator reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kernel.alarm import Alarm, AlarmState

_ORDER: Final = {
    AlarmState.UNACKNOWLEDGED: 0,
    AlarmState.RETURNED: 1,
    AlarmState.ACKNOWLEDGED: 2,
    AlarmState.SHELVED: 3,
    AlarmState.SUPPRESSED: 4,
    AlarmState.OUT_OF_SERVICE: 5,
    AlarmState.NORMAL: 6,
}


def urgent_first(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """Return alarms by what wants an eye: unacknowledged first, then by priority, then the newest."""
    return tuple(sorted(alarms, key=lambda one: (_ORDER[one.state], one.priority, -one.at_ns, one.id)))

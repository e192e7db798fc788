"""The canary: an alarm that is raised again and again, to prove the way of all others; nobody answers it.

Its condition is that the last canary which came back is older than the site's `canary_s`. It goes the way of
every alarm: looked at with the image, judged by the machine, published into a tick, journalled, in the state,
in the snapshot, on the page. When a tick has it in its state, it has come through this gateway: it is
acknowledged, its condition is over, and it returns to normal. Who sees it last come through knows for how
long nothing is proven.

One that got lost on the way does not stop those after it: after half a period it is given up, and raised
again with the next one.
"""

from __future__ import annotations

from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words
from kernel.alarm import CANARY, Alarm, AlarmState
from kernel.instruction import AlarmAct, OnAlarm
from kernel.point import NANOSECONDS
from kernel.shell.wire import CanaryState
from kernel.site import Site

HELD: Final = 0.5
"""Share of a period for which one is held up that does not come back."""
ITSELF: Final = "gateway"
"""Who acknowledges it."""
_WAITING: Final = frozenset({AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED})


class Canary(SeenAtOnce):
    """The canary alarm of a site that asks for one."""

    period_s = 5.0

    def __init__(self, site: Site) -> None:
        """Take the period of a site."""
        every_s = site.canary_s
        self._every_ns = round((every_s or 0.0) * NANOSECONDS)
        self.definitions: tuple[Definition, ...] = (defined(CANARY, site.name),) if every_s else ()

    def look(self, frame: Frame) -> Overs:
        """Return whether one is due."""
        return {0: 1.0 if self._is_due(frame.canary, frame.image.now_ns) else -1.0}

    def words(self, number: int, frame: Frame) -> Words:  # noqa: ARG002  # there is one
        """Say what it is for."""
        return Words(text="a canary: it proves the way of alarms, and needs no answer", evidence=())

    def _is_due(self, last: Alarm | None, now_ns: int) -> bool:
        periods, since_ns = divmod(now_ns - (0 if last is None else last.since_ns), self._every_ns)
        return periods >= 1 and since_ns < HELD * self._every_ns


def proven(canary: Alarm | None) -> tuple[AlarmAct, ...]:
    """Acknowledge a canary that a tick has in its state."""
    if canary is None or canary.state not in _WAITING:
        return ()
    return (
        AlarmAct(
            key=f"{canary.id}:{canary.at_ns}",
            person=ITSELF,
            reason="it came through",
            alarm=canary.id,
            act=OnAlarm.ACKNOWLEDGE,
            at_ns=canary.at_ns,
        ),
    )


def canary_state(site: Site, last: Alarm | None) -> CanaryState | None:
    """Say when the last canary was raised that came through; nothing where the site asks for none."""
    if site.canary_s is None:
        return None
    return CanaryState(every_s=site.canary_s, raised_ns=None if last is None else last.since_ns)

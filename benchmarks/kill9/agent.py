"""An agent that is never content: it wants another set-point every few ticks, so that writes never end."""

from __future__ import annotations

from typing import Final

from benchmarks.kill9.site import TICK_S
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.site import LoopSpec, Site

SETPOINT: Final = "bat1/active_power_setpoint"
TICKS: Final = 3
"""A wish stands for this many ticks."""
_WISH_NS: Final = round(TICKS * TICK_S * NANOSECONDS)


class Restless:
    """Wants powers between -1000 and 1000 kW, one after the other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reads = (SETPOINT,)
        self.proposes = (SETPOINT,)

    def start(self, past: Past) -> int:
        """Begin without a memory."""
        del past
        return 0

    def step(self, view: View, state: int) -> Step:
        """Want what the time says."""
        wish = Proposal(
            agent=self.name,
            point=SETPOINT,
            priority=Priority.CONTROL,
            wanted=(view.now_ns // _WISH_NS * 137 % 41 - 20) * 50.0,
            reason="another value is due",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + 4 * _WISH_NS,
            evidence=(f"{SETPOINT}@{view.readings[SETPOINT].at_ns}",),
        )
        return Step(state=state + 1, proposals=(wish,))


def make(spec: LoopSpec, site: Site) -> Restless:
    """Make the agent of a loop of kind `restless`."""
    del site
    return Restless(spec.agent)

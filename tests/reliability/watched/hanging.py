"""An agent that wants power from the battery, and hangs the event loop once when a file tells it to."""

from __future__ import annotations

from pathlib import Path

from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.site import LoopSpec, Site

SETPOINT = "bat1/active_power_setpoint"
WANTED_KW = 500.0


class Hanging:
    """Steps as it should until its file is there."""

    reads = (SETPOINT,)
    proposes = (SETPOINT,)

    def __init__(self, name: str, switch: Path) -> None:
        self.name = name
        self._switch = switch

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        if self._switch.exists():
            self._switch.unlink()
            while True:
                pass
        wish = Proposal(
            agent=self.name,
            point=SETPOINT,
            priority=Priority.CONTROL,
            wanted=WANTED_KW,
            reason="as told",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + 3 * NANOSECONDS,
        )
        return Step(state=state + 1, proposals=(wish,))


def make(spec: LoopSpec, site: Site) -> Hanging:
    return Hanging(spec.agent, Path(str(spec.settings["switch"])))

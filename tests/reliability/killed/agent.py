"""An agent that raises a repair order for each file in a folder, and wants a breaker closed when told."""

from __future__ import annotations

from pathlib import Path

from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.site import LoopSpec, Site

CLOSE = "cb1/close"
POSITION = "cb1/position"
RAISED, WANTED = "raised", "wanted"
DAY_NS = 86_400 * NANOSECONDS
STANDS_NS = 10 * NANOSECONDS
"""How long a wish stands: people must decide on it within that time."""


class Foreman:
    """Raises what lies in its folder, once in a life of the gateway; its state is what it has raised."""

    reads = (POSITION,)
    proposes = (CLOSE,)

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def start(self, past: Past) -> tuple[str, ...]:
        return ()

    def step(self, view: View, state: tuple[str, ...]) -> Step:
        files = [path for path in sorted((self._folder / RAISED).iterdir()) if path.name not in state]
        orders = tuple(order(path.name, int(path.read_text())) for path in files)
        return Step(
            state=(*state, *(one.id for one in orders)), proposals=self._wishes(view), published=orders
        )

    def _wishes(self, view: View) -> tuple[Proposal, ...]:
        if not (self._folder / WANTED).exists():
            return ()
        wish = Proposal(
            agent=self.name,
            point=CLOSE,
            priority=Priority.CONTROL,
            wanted=1.0,
            reason="supply the bay again",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + STANDS_NS,
            once=True,
            evidence=(f"{POSITION}@{view.readings[POSITION].at_ns}",),
        )
        return (wish,)


def order(name: str, made_at_ns: int) -> RepairOrder:
    """Return the order that a file stands for: the same in every life."""
    waits = CostOfWaiting(days=1.0, median=100.0, low=50.0, high=200.0)
    return RepairOrder(
        id=name,
        asset="cb1",
        title="CB-1 closes slowly",
        work="Look at the drive.",
        made_at_ns=made_at_ns,
        decide_by_ns=made_at_ns + DAY_NS,
        cost_per_day=waits,
        if_you_wait=(waits,),
        confidence=2,
        evidence=(),
        model="foreman",
    )


def make(spec: LoopSpec, site: Site) -> Foreman:
    """Make the agent of a loop of kind `foreman`."""
    del site
    return Foreman(spec.agent, Path(str(spec.settings["folder"])))

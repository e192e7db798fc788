"""What a gateway says in a run, for its timeline: orders with their evidence, alarms, qualities at faults."""

from __future__ import annotations

from collections.abc import Iterable

from aios.studies.result import Happening
from aios.studies.stretches import Stretches
from edge.answering import Answering
from kernel.pipe.tick import Decided
from kernel.quality import describe, is_good
from kernel.repair import RepairOrder
from kernel.site import Site
from simulators.faults.fault import Fault

GATE: str = "policy gate"
JOURNAL: str = "journal"


class Heard:
    """Listens to a gateway, tick by tick."""

    def __init__(self, site: Site, faults: Iterable[Fault]) -> None:
        """Watch the devices of a site, and the quality of what its faults befall."""
        self._answering = Answering(site)
        self._stretches = Stretches()
        targets = {fault.target for fault in faults}
        self._rows = [
            (row, point.name)
            for row, point in enumerate(site.points)
            if point.source in targets or point.name in targets
        ]

    def tick(self, decided: Decided) -> None:
        """Take note of what every tick may change: devices, qualities, the gate, the journal."""
        image, outputs = decided.state.image, decided.outputs
        now_ns = outputs.now_ns
        for device, lost in self._answering.changes(image):
            self._stretches.stands("alarm", device, "does not answer" if lost else "", now_ns)
        for row, name in self._rows:
            quality = int(image.quality[row])
            if image.at_ns[row] > 0:
                words = "" if is_good(quality) else describe(quality)
                self._stretches.stands("quality", name, words, now_ns)
        for subject, failure in ((GATE, outputs.gate_failure), (JOURNAL, outputs.journal_failure)):
            if failure is not None:
                self._stretches.stands("alarm", subject, failure, now_ns)

    def order(self, order: RepairOrder) -> bool:
        """Take note of an order as it is published; return whether it says something new.

        An order that finds another cause begins anew; one whose figures move only is the same.
        """
        cause = order.title.partition(";")[0]
        words = cause if order.state == "open" else ""
        return self._stretches.stands("order", order.asset, words, order.made_at_ns, evidence_of(order))

    def happenings(self) -> tuple[Happening, ...]:
        """Return everything that was heard."""
        return self._stretches.happenings()


def evidence_of(order: RepairOrder) -> tuple[str, ...]:
    """Return what an order rests on in words, then what waiting costs in the currency of the site."""
    cost = order.cost_per_day
    waiting = f"waiting costs {cost.median:.2f} a day ({cost.low:.2f} to {cost.high:.2f})"
    return (*(finding.text for finding in order.evidence), waiting)

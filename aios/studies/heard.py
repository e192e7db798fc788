"""What a gateway says in a run, for its timeline: orders, alarms, notices, qualities at faults."""

from __future__ import annotations

from collections.abc import Iterable

from aios.studies.alarms import Alarms
from aios.studies.answers import Answers
from aios.studies.places import QUALITY, RECEIPT, STATE, Watched
from aios.studies.result import Happening
from aios.studies.stretches import Stretches
from edge.answering import Answering
from kernel.alarm import Alarm
from kernel.pipe.tick import Decided, Outputs
from kernel.quality import describe, is_good
from kernel.repair import RepairOrder
from kernel.site import Site
from simulators.faults.fault import Fault

GATE: str = "policy gate"
JOURNAL: str = "journal"


class Heard:
    """Listens to a gateway, tick by tick."""

    def __init__(self, site: Site, faults: Iterable[Fault], *, start_ns: int) -> None:
        """Watch the devices of a site, its alarms, and what its faults befall.

        Args:
            site: of the gateway.
            faults: that are planned.
            start_ns: begin of the run.
        """
        self._answering = Answering(site)
        self._stretches = Stretches()
        self.alarms = Alarms(start_ns=start_ns)
        self.answers = Answers(site, start_ns=start_ns)
        watched = Watched(site, faults)
        self._rows = [(row, one.name) for row, one in enumerate(site.points) if one.name in watched.quality]
        self._states = [(row, one.name) for row, one in enumerate(site.points) if one.name in watched.state]
        self._stood: dict[str, float] = {}
        """The positions that were seen last."""
        self._commanded = watched.commanded
        self._commands: dict[str, str] = {}
        """Their points, by command that has no receipt yet."""

    def tick(self, decided: Decided) -> None:
        """Take note of what every tick may change: devices, qualities, the gate, the journal."""
        image, outputs = decided.state.image, decided.outputs
        now_ns = outputs.now_ns
        for device, lost in self._answering.changes(image):
            self._stretches.stands("notice", device, "does not answer" if lost else "", now_ns)
        for row, name in self._rows:
            quality = int(image.quality[row])
            if image.at_ns[row] > 0:
                words = "" if is_good(quality) else describe(quality)
                if self._stretches.stands("quality", name, words, now_ns):
                    self.answers.point(QUALITY, name, words, now_ns)
        for row, name in self._states:
            code = float(image.value[row])
            if is_good(int(image.quality[row])) and code != self._stood.get(name):
                self._stood[name] = code
                self.answers.point(STATE, name, f"{code:g}", now_ns)
        for subject, failure in ((GATE, outputs.gate_failure), (JOURNAL, outputs.journal_failure)):
            if failure is not None:
                self._stretches.stands("notice", subject, failure, now_ns)
        if outputs.is_news():
            self._news(outputs)

    def order(self, order: RepairOrder) -> bool:
        """Take note of an order as it is published; return whether it says something new.

        An order that finds another cause begins anew; one whose figures move only is the same.
        """
        cause = order.title.partition(";")[0]
        words = cause if order.state == "open" else ""
        if not self._stretches.stands("order", order.asset, words, order.made_at_ns, evidence_of(order)):
            return False
        self.answers.order(order.asset, order.title, order.made_at_ns)
        return True

    def happenings(self) -> tuple[Happening, ...]:
        """Return everything that was heard."""
        return (*self._stretches.happenings(), *self.alarms.happenings())

    def _news(self, outputs: Outputs) -> None:
        """Take note of alarms, and of what became of commands to what is befallen."""
        for document in outputs.published:
            if not isinstance(document, Alarm) or document.is_canary:
                continue
            if self.alarms.hear(document):
                self.answers.alarm(document)
        for command in outputs.commands if self._commanded else ():
            if command.point in self._commanded:
                self._commands[command.id] = command.point
        for receipt in outputs.receipts if self._commands else ():
            if receipt.command in self._commands:
                point = self._commands.pop(receipt.command)
                self.answers.point(RECEIPT, point, str(receipt.outcome), receipt.at_ns)


def evidence_of(order: RepairOrder) -> tuple[str, ...]:
    """Return what an order rests on in words, then what waiting costs in the currency of the site."""
    cost = order.cost_per_day
    waiting = f"waiting costs {cost.median:.2f} a day ({cost.low:.2f} to {cost.high:.2f})"
    return (*(finding.text for finding in order.evidence), waiting)

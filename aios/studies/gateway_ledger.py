"""What is counted of a run's gateway: commands, refusals, alarms, rungs, and answers to what was true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aios.studies.happened import in_time, requests_of
from aios.studies.heard import Heard
from aios.studies.orders import Orders
from aios.studies.places import Stood
from aios.studies.result import AlarmCount, Happening
from aios.studies.rungs import Rungs
from kernel.command import Outcome
from kernel.pipe.tick import Decided, Inputs
from kernel.repair import RepairOrder
from kernel.site import Site
from simulators.scenario import Scenario


class GatewayLedger:
    """Hears every tick of a run."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._site, self._scenario = site, scenario
        self._counts: Counter[str] = Counter(commands=0, failed_commands=0, refused=0)
        self._orders = Orders(site)
        self._heard = Heard(site, scenario.faults, start_ns=scenario.start_ns)
        self._rungs = Rungs((loop.agent for loop in site.loops), start_ns=scenario.start_ns)

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        outputs = decided.outputs
        self._heard.tick(decided)
        if not outputs.is_news():
            return
        self._counts["commands"] += len(outputs.commands)
        self._counts["refused"] += len(outputs.refused)
        self._counts["failed_commands"] += sum(one.outcome is not Outcome.DONE for one in outputs.receipts)
        for document in outputs.published:
            if isinstance(document, RepairOrder):
                self._order(document)
        for change in outputs.rungs:
            self._rungs.stands(change.agent, change.now.rung, change.now.why, inputs.now_ns)

    def values(self, end_ns: int, faults: Sequence[Stood]) -> dict[str, float]:
        """Return the KPIs of the gateway until a moment, the end of the run or before it.

        Args:
            end_ns: the moment.
            faults: that had begun until then, as they truly were.
        """
        kpis = {name: float(count) for name, count in self._counts.items()}
        answers, alarms = self._heard.answers.values(end_ns, faults), self._heard.alarms.values(end_ns)
        return kpis | self._orders.values(faults) | answers | alarms | self._rungs.values(end_ns)

    def alarms(self, end_ns: int) -> dict[str, AlarmCount]:
        """Return the alarms until a moment, by condition."""
        return self._heard.alarms.counts(end_ns)

    def happenings(self) -> tuple[Happening, ...]:
        """Return what the gateway said, and what people asked of it, in order of time."""
        return in_time((*self._heard.happenings(), *requests_of(self._scenario), *self._rungs.changes))

    def _order(self, order: RepairOrder) -> None:
        if self._heard.order(order):
            self._orders.rises(order.id, order.asset, order.title, order.made_at_ns)

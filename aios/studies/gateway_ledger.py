"""What is counted of a run's gateway: commands, refusals, rungs, and orders against what was true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from aios.studies.heard import Heard
from aios.studies.orders import Orders, Stood
from aios.studies.result import Happening
from kernel.command import Outcome
from kernel.pipe.tick import Decided, Inputs
from kernel.repair import RepairOrder
from kernel.site import Site
from simulators.durations import HOUR_NS
from simulators.faults.fault import Fault
from simulators.indicators.table import DWELL
from simulators.scenario import Scenario


class GatewayLedger:
    """Hears every tick of a run."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._site, self._scenario = site, scenario
        self._counts: Counter[str] = Counter(commands=0, failed_commands=0, refused=0)
        self._orders = Orders(site, start_ns=scenario.start_ns)
        self._heard = Heard(site, scenario.faults)
        self._rungs = {loop.agent: ("model", scenario.start_ns) for loop in site.loops}
        self._dwell: Counter[tuple[str, str]] = Counter()
        self._changes: list[Happening] = []

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
            self._step(change.agent, change.now.rung, change.now.why, inputs.now_ns)

    def values(self, end_ns: int, faults: Sequence[Stood]) -> dict[str, float]:
        """Return the KPIs of the gateway until a moment, the end of the run or before it.

        Args:
            end_ns: the moment.
            faults: that had begun until then, as they truly were.
        """
        dwell = Counter(self._dwell)
        for loop, (rung, since_ns) in self._rungs.items():
            dwell[loop, rung] += end_ns - since_ns
        below = sum(span for (_, rung), span in dwell.items() if rung != "model")
        kpis = {name: float(count) for name, count in self._counts.items()}
        kpis |= self._orders.values(end_ns, faults)
        kpis["degraded_h"] = below / HOUR_NS
        kpis |= {f"{DWELL}{loop}/{rung}": span / HOUR_NS for (loop, rung), span in sorted(dwell.items())}
        return kpis

    def happenings(self) -> tuple[Happening, ...]:
        """Return what the gateway said, and what people asked of it, in order of time."""
        requests = (
            Happening(at_ns=one.at_ns, kind="request", subject=one.point, words=f"{one.person}: {one.reason}")
            for one in self._scenario.requests
        )
        return tuple(
            sorted(
                (*self._heard.happenings(), *requests, *self._changes),
                key=lambda one: (one.at_ns, one.subject),
            )
        )

    def _order(self, order: RepairOrder) -> None:
        if self._heard.order(order):
            self._orders.rises(order.id, order.asset, order.title, order.made_at_ns)

    def _step(self, loop: str, rung: str, why: str, now_ns: int) -> None:
        before, since_ns = self._rungs.get(loop, ("model", self._scenario.start_ns))
        self._dwell[loop, before] += now_ns - since_ns
        self._rungs[loop] = (rung, now_ns)
        if rung == before:
            return
        words = f"{before} -> {rung}: {why}" if why else f"{before} -> {rung}"
        self._changes.append(Happening(at_ns=now_ns, kind="rung", subject=loop, words=words))


def faults_of(faults: Iterable[Fault]) -> tuple[Happening, ...]:
    """Return the ground truth of the faults of a world, as repairs have left them."""
    return tuple(
        Happening(
            at_ns=fault.onset_ns,
            until_ns=fault.end_ns,
            kind="fault",
            subject=fault.target,
            words=f"{fault.kind.value} {fault.amount:g}",
        )
        for fault in faults
    )

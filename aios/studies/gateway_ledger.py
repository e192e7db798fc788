"""What is counted of a run's gateway: commands, refusals, rungs, and orders against what was true."""

from __future__ import annotations

from collections import Counter
from typing import Final

from aios.studies.result import Happening
from kernel.command import Outcome
from kernel.pipe.tick import Decided, Inputs
from kernel.repair import RepairOrder
from kernel.site import Site
from simulators.faults.fault import Fault, FaultKind
from simulators.indicators.table import DWELL
from simulators.scenario import Scenario

_HOUR_NS: Final = 3_600 * 1_000_000_000
_DAY_NS: Final = 24 * _HOUR_NS
FOUND_BY_ORDERS: Final = frozenset({FaultKind.BLOCKED_COOLER})
"""Kinds of faults for which a repair order should rise."""


class GatewayLedger:
    """Hears every tick of a run."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._site, self._scenario = site, scenario
        self._counts: Counter[str] = Counter(commands=0, failed_commands=0, refused=0)
        self._orders: dict[str, RepairOrder] = {}
        self._rungs = {loop.agent: ("model", scenario.start_ns) for loop in site.loops}
        self._dwell: Counter[tuple[str, str]] = Counter()
        self._changes: list[Happening] = []

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        outputs = decided.outputs
        if not outputs.is_news():
            return
        self._counts["commands"] += len(outputs.commands)
        self._counts["refused"] += len(outputs.refused)
        self._counts["failed_commands"] += sum(one.outcome is not Outcome.DONE for one in outputs.receipts)
        for document in outputs.published:
            if isinstance(document, RepairOrder) and document.state == "open":
                self._orders.setdefault(document.id, document)
        for change in outputs.rungs:
            self._step(change.agent, change.now.rung, change.now.why, inputs.now_ns)

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the KPIs of the gateway until a moment, the end of the run or before it."""
        dwell = Counter(self._dwell)
        for loop, (rung, since_ns) in self._rungs.items():
            dwell[loop, rung] += end_ns - since_ns
        below = sum(span for (_, rung), span in dwell.items() if rung != "model")
        kpis = {name: float(count) for name, count in self._counts.items()}
        kpis |= self._found(end_ns)
        kpis["degraded_h"] = below / _HOUR_NS
        kpis |= {f"{DWELL}{loop}/{rung}": span / _HOUR_NS for (loop, rung), span in sorted(dwell.items())}
        return kpis

    def happenings(self) -> tuple[Happening, ...]:
        """Return what the gateway said, and what people asked of it, in order of time."""
        orders = (
            Happening(at_ns=one.made_at_ns, kind="order", subject=one.asset, words=one.title)
            for one in self._orders.values()
        )
        requests = (
            Happening(at_ns=one.at_ns, kind="request", subject=one.point, words=f"{one.person}: {one.reason}")
            for one in self._scenario.requests
        )
        return tuple(sorted((*orders, *requests, *self._changes), key=lambda one: (one.at_ns, one.subject)))

    def _step(self, loop: str, rung: str, why: str, now_ns: int) -> None:
        before, since_ns = self._rungs.get(loop, ("model", self._scenario.start_ns))
        self._dwell[loop, before] += now_ns - since_ns
        self._rungs[loop] = (rung, now_ns)
        words = f"{before} -> {rung}: {why}" if why else f"{before} -> {rung}"
        self._changes.append(Happening(at_ns=now_ns, kind="rung", subject=loop, words=words))

    def _found(self, end_ns: int) -> dict[str, float]:
        """Hold the orders against the faults: which were found, and which had no fault behind it."""
        faults = self._scenario.faults
        false = sum(not any(self._explains(f, order) for f in faults) for order in self._orders.values())
        found_days: list[float] = []
        missed = 0
        for fault in (one for one in faults if one.kind in FOUND_BY_ORDERS):
            rose = [one.made_at_ns for one in self._orders.values() if self._explains(fault, one)]
            if rose:
                onset_ns = max(fault.onset_ns, self._scenario.start_ns)
                found_days.append((min(rose) - onset_ns) / _DAY_NS)
            elif fault.onset_ns < end_ns:
                missed += 1
        return {
            "repair_orders": float(len(self._orders)),
            "false_orders": float(false),
            "missed_faults": float(missed),
            "detection_days": min(found_days, default=float("nan")),
        }

    def _explains(self, fault: Fault, order: RepairOrder) -> bool:
        """Whether an order may be the answer to a fault: of its asset, and not before it."""
        devices = {device.name: device.asset for device in self._site.devices}
        asset = devices.get(fault.target, fault.target.partition("/")[0])
        return asset == order.asset and fault.onset_ns <= order.made_at_ns


def faults_of(scenario: Scenario) -> tuple[Happening, ...]:
    """Return the ground truth of the faults of a scenario."""
    return tuple(
        Happening(
            at_ns=fault.onset_ns,
            until_ns=fault.end_ns,
            kind="fault",
            subject=fault.target,
            words=f"{fault.kind.value} {fault.amount:g}",
        )
        for fault in scenario.faults
    )

"""What the gateway said in the demo's day, as a report wants it: gathered from snapshot to snapshot."""

from __future__ import annotations

from collections import Counter

from aios.studies.heard import evidence_of
from aios.studies.orders import Orders
from aios.studies.result import Happening
from aios.studies.stretches import Stretches
from kernel.shell.wire import Snapshot
from kernel.site import Site
from simulators.indicators.table import DWELL
from simulators.scenario import Scenario

_HOUR_NS = 3_600 * 1_000_000_000
_DEVICE = "device:"


class DayHeard:
    """Hears snapshots; what begins and ends between two of them it never knew."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stretches = Stretches()
        self._orders = Orders(site, start_ns=scenario.start_ns)
        self._open: dict[str, str] = {}
        self._lost: set[str] = set()
        self._rungs = {loop.agent: ("model", scenario.start_ns) for loop in site.loops}
        self._dwell: Counter[tuple[str, str]] = Counter()
        self._changes: list[Happening] = []

    def hear(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        self._hear_orders(snapshot)
        self._hear_devices(snapshot)
        for rung in snapshot.rungs:
            before, since_ns = self._rungs.get(rung.agent, ("model", self._scenario.start_ns))
            if rung.rung != before:
                self._dwell[rung.agent, before] += snapshot.now_ns - since_ns
                self._rungs[rung.agent] = (rung.rung, snapshot.now_ns)
                words = f"{before} -> {rung.rung}: {rung.why}" if rung.why else f"{before} -> {rung.rung}"
                self._changes.append(
                    Happening(at_ns=snapshot.now_ns, kind="rung", subject=rung.agent, words=words)
                )

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the KPIs of what was heard."""
        dwell = Counter(self._dwell)
        for loop, (rung, since_ns) in self._rungs.items():
            dwell[loop, rung] += end_ns - since_ns
        below = sum(span for (_, rung), span in dwell.items() if rung != "model")
        told = {f"{DWELL}{loop}/{rung}": span / _HOUR_NS for (loop, rung), span in sorted(dwell.items())}
        return {**self._orders.values(end_ns, self._scenario.faults), "degraded_h": below / _HOUR_NS, **told}

    def happenings(self) -> tuple[Happening, ...]:
        """Return everything that was heard, and what people asked, in order of time."""
        requests = (
            Happening(at_ns=one.at_ns, kind="request", subject=one.point, words=f"{one.person}: {one.reason}")
            for one in self._scenario.requests
        )
        found = (*self._stretches.happenings(), *requests, *self._changes)
        return tuple(sorted(found, key=lambda one: (one.at_ns, one.subject)))

    def _hear_orders(self, snapshot: Snapshot) -> None:
        there = {order.id: order for order in snapshot.orders}
        for name, asset in list(self._open.items()):
            if name not in there:
                self._stretches.stands("order", asset, "", snapshot.now_ns)
                del self._open[name]
        for name, order in there.items():
            self._open[name] = order.asset
            cause = order.title.partition(";")[0]
            if self._stretches.stands("order", order.asset, cause, snapshot.now_ns, evidence_of(order)):
                self._orders.rises(name, order.asset, cause, order.made_at_ns)

    def _hear_devices(self, snapshot: Snapshot) -> None:
        lost = {
            one.id.removeprefix(_DEVICE)
            for one in snapshot.notices
            if one.active and one.id.startswith(_DEVICE)
        }
        for device in lost - self._lost:
            self._stretches.stands("alarm", device, "does not answer", snapshot.now_ns)
        for device in self._lost - lost:
            self._stretches.stands("alarm", device, "", snapshot.now_ns)
        self._lost = lost

"""What the gateway said in the demo's day, as a report wants it: gathered from snapshot to snapshot."""

from __future__ import annotations

from aios.studies.happened import in_time, requests_of
from aios.studies.heard import evidence_of
from aios.studies.orders import Orders
from aios.studies.result import Happening
from aios.studies.rungs import Rungs
from aios.studies.stretches import Stretches
from kernel.shell.wire import Snapshot
from kernel.site import Site
from simulators.scenario import Scenario

_DEVICE = "device:"


class DayHeard:
    """Hears snapshots; what begins and ends between two of them it never knew."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stretches = Stretches()
        self._orders = Orders(site, start_ns=scenario.start_ns)
        self._open: dict[str, str] = {}
        self._lost: set[str] = set()
        self._rungs = Rungs((loop.agent for loop in site.loops), start_ns=scenario.start_ns)

    def hear(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        self._hear_orders(snapshot)
        self._hear_devices(snapshot)
        for rung in snapshot.rungs:
            self._rungs.stands(rung.agent, rung.rung, rung.why, snapshot.now_ns)

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the KPIs of what was heard."""
        return self._orders.values(end_ns, self._scenario.faults) | self._rungs.values(end_ns)

    def happenings(self) -> tuple[Happening, ...]:
        """Return everything that was heard, and what people asked, in order of time."""
        return in_time((*self._stretches.happenings(), *requests_of(self._scenario), *self._rungs.changes))

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

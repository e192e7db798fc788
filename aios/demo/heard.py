"""What the gateway said in the demo's day, as a report wants it: gathered from snapshot to snapshot."""

from __future__ import annotations

from aios.studies.alarms import Alarms
from aios.studies.answers import Answers
from aios.studies.happened import in_time, requests_of
from aios.studies.heard import evidence_of
from aios.studies.orders import Orders
from aios.studies.places import QUALITY, Watched
from aios.studies.result import AlarmCount, Happening
from aios.studies.rungs import Rungs
from aios.studies.stretches import Stretches
from kernel.quality import is_good
from kernel.shell.wire import Snapshot
from kernel.site import Site
from simulators.scenario import Scenario

_DEVICE = "device:"


class DayHeard:
    """Hears snapshots; what begins and ends between two of them it never knew."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._scenario = scenario
        self._stretches = Stretches()
        self._orders = Orders(site)
        self._alarms = Alarms(start_ns=scenario.start_ns)
        self._answers = Answers(site, start_ns=scenario.start_ns)
        self._watched = Watched(site, scenario.faults).quality
        self._qualities = Stretches()
        """What answers a fault and is not drawn: a device that is silent has its notice."""
        self._open: dict[str, str] = {}
        self._lost: set[str] = set()
        self._rungs = Rungs((loop.agent for loop in site.loops), start_ns=scenario.start_ns)

    def hear(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        self._hear_orders(snapshot)
        self._hear_devices(snapshot)
        self._hear_alarms(snapshot)
        self._hear_qualities(snapshot)
        for rung in snapshot.rungs:
            self._rungs.stands(rung.agent, rung.rung, rung.why, snapshot.now_ns)

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the KPIs of what was heard."""
        faults = self._scenario.faults
        told = self._orders.values(faults) | self._answers.values(end_ns, faults)
        return told | self._alarms.values(end_ns) | self._rungs.values(end_ns)

    def alarms(self, end_ns: int) -> dict[str, AlarmCount]:
        """Return the alarms until a moment, by condition."""
        return self._alarms.counts(end_ns)

    def happenings(self) -> tuple[Happening, ...]:
        """Return everything that was heard, and what people asked, in order of time."""
        stood = (*self._stretches.happenings(), *self._alarms.happenings())
        return in_time((*stood, *requests_of(self._scenario), *self._rungs.changes))

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
                self._answers.order(order.asset, cause, order.made_at_ns)

    def _hear_devices(self, snapshot: Snapshot) -> None:
        lost = {
            one.id.removeprefix(_DEVICE)
            for one in snapshot.notices
            if one.active and one.id.startswith(_DEVICE)
        }
        for device in lost - self._lost:
            self._stretches.stands("notice", device, "does not answer", snapshot.now_ns)
        for device in self._lost - lost:
            self._stretches.stands("notice", device, "", snapshot.now_ns)
        self._lost = lost

    def _hear_alarms(self, snapshot: Snapshot) -> None:
        for name in self._alarms.standing - {alarm.id for alarm in snapshot.alarms}:
            self._alarms.over(name, snapshot.now_ns)
        for alarm in snapshot.alarms:
            if self._alarms.hear(alarm):
                self._answers.alarm(alarm)

    def _hear_qualities(self, snapshot: Snapshot) -> None:
        for point in snapshot.points:
            if point.point in self._watched and point.at_ns is not None:
                words = "" if is_good(point.quality) else point.words
                if self._qualities.stands("quality", point.point, words, snapshot.now_ns):
                    self._answers.point(QUALITY, point.point, words, snapshot.now_ns)

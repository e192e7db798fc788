"""Repair orders held against the faults that were truly there: which were found, which orders were false."""

from __future__ import annotations

from typing import Final, NamedTuple

from kernel.site import Site
from simulators.faults.catalogue import catalogue
from simulators.faults.fault import Fault
from simulators.scenario import Scenario

_DAY_NS: Final = 86_400 * 1_000_000_000
FOUND_BY_ORDERS: Final = frozenset(row.name for row in catalogue().values() if row.seen_in == "repair order")
"""Kinds of faults for which a repair order should rise: those of the catalogue whose answer is one."""


class Rise(NamedTuple):
    """An order that rose, or found another cause."""

    order: str
    asset: str
    at_ns: int


class Orders:
    """Judges the orders of one run."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._asset = {device.name: device.asset for device in site.devices}
        self._scenario = scenario
        self._rises: list[Rise] = []

    def rises(self, order: str, asset: str, at_ns: int) -> None:
        """Take note of an order that says something new.

        Args:
            order: its id; one that rises again is the same order.
            asset: that it concerns.
            at_ns: when it was made.
        """
        self._rises.append(Rise(order, asset, at_ns))

    def values(self, end_ns: int) -> dict[str, float]:
        """Return how many orders rose, how many had no fault behind them, and what was found when.

        Args:
            end_ns: of the run; a fault that would come later is not missed.
        """
        faults, first = self._scenario.faults, dict[str, Rise]()
        for rise in self._rises:
            first.setdefault(rise.order, rise)
        found_days: list[float] = []
        missed = 0
        for fault in (one for one in faults if one.kind in FOUND_BY_ORDERS):
            rose = [rise.at_ns for rise in self._rises if self._explains(fault, rise)]
            if rose:
                onset_ns = max(fault.onset_ns, self._scenario.start_ns)
                found_days.append((min(rose) - onset_ns) / _DAY_NS)
            elif fault.onset_ns < end_ns:
                missed += 1
        false = sum(not any(self._explains(fault, rise) for fault in faults) for rise in first.values())
        return {
            "repair_orders": float(len(first)),
            "false_orders": float(false),
            "missed_faults": float(missed),
            "detection_days": min(found_days, default=float("nan")),
        }

    def _explains(self, fault: Fault, rise: Rise) -> bool:
        """Whether an order may be the answer to a fault: of its asset, and not before it."""
        asset = self._asset.get(fault.target, fault.target.partition("/")[0])
        return asset == rise.asset and fault.onset_ns <= rise.at_ns

"""Repair orders held against the faults that were truly there: which were found, which orders were false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kernel.site import Site
from simulators.durations import DAY_NS
from simulators.faults.catalogue import catalogue, row_of
from simulators.faults.fault import Fault
from simulators.faults.kinds import MEASURED
from simulators.faults.timeline import FaultSpan

FOUND_BY_ORDERS: Final = frozenset(row.name for row in catalogue().values() if row.seen_in == "repair order")
"""Kinds of faults for which a repair order should rise: those of the catalogue whose answer is one."""
_COOLER, _SENSOR = "cool", "sensor"
"""What an order blames, by a word of its title; one that cannot tell has both."""


Stood = Fault | FaultSpan
"""A fault, as it was planned or as it truly was."""


class Rise(NamedTuple):
    """An order that rose, or found another cause."""

    order: str
    asset: str
    cause: str
    """Title of the order."""
    at_ns: int


class Orders:
    """Judges the orders of one run."""

    def __init__(self, site: Site, *, start_ns: int) -> None:
        self._asset = {device.name: device.asset for device in site.devices}
        self._start_ns = start_ns
        self._rises: list[Rise] = []

    def rises(self, order: str, asset: str, cause: str, at_ns: int) -> None:
        """Take note of an order that says something new.

        Args:
            order: its id; one that rises again is the same order.
            asset: that it concerns.
            cause: what it says is wrong.
            at_ns: when it was made.
        """
        self._rises.append(Rise(order, asset, cause, at_ns))

    def values(self, end_ns: int, faults: Sequence[Stood]) -> dict[str, float]:
        """Return how many orders rose, how many had no fault behind them, and what was found when.

        Args:
            end_ns: of the run; a fault that would come later is not missed.
            faults: that truly were, or will be, with their true ends.
        """
        should = [one for one in faults if one.kind in FOUND_BY_ORDERS and one.onset_ns < end_ns]
        found_days = self._found_days(should)
        orders = {rise.order for rise in self._rises}
        true = {rise.order for rise in self._rises if any(self._explains(one, rise) for one in faults)}
        return {
            "repair_orders": float(len(orders)),
            "false_orders": float(len(orders - true)),
            "missed_faults": float(len(should) - len(found_days)),
            "detection_days": sum(found_days) / len(found_days) if found_days else float("nan"),
        }

    def _found_days(self, faults: Sequence[Stood]) -> list[float]:
        """Return after how many days each fault that was found was; an order finds one fault a cause."""
        waiting, days = list(faults), list[float]()
        for rise in sorted(self._rises, key=lambda one: one.at_ns):
            here = [one for one in waiting if self._explains(one, rise)]
            if here:
                named = min(here, key=lambda one: (row_of(one.kind).seen_as not in rise.cause, one.onset_ns))
                waiting.remove(named)
                days.append((rise.at_ns - max(named.onset_ns, self._start_ns)) / DAY_NS)
        return days

    def _explains(self, fault: Stood, rise: Rise) -> bool:
        """Whether an order may be the answer to a fault: of its asset, standing, and what it blames."""
        stands = fault.onset_ns <= rise.at_ns and (fault.end_ns is None or rise.at_ns < fault.end_ns)
        asset = self._asset.get(fault.target, fault.target.partition("/")[0])
        blamed = rise.cause.lower()
        in_cooler = fault.kind in FOUND_BY_ORDERS and _COOLER in blamed
        return (
            stands and asset == rise.asset and (in_cooler or (fault.kind in MEASURED and _SENSOR in blamed))
        )

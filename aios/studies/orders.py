"""Repair orders held against the faults that were truly there: which of them were false."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from aios.studies.places import Places, Stood
from kernel.site import Site
from simulators.faults.catalogue import catalogue, row_of
from simulators.faults.kinds import MEASURED, FaultKind

FOUND_BY_ORDERS: Final = frozenset(row.name for row in catalogue().values() if row.seen_in == "repair order")
"""Kinds of faults for which a repair order should rise: those of the catalogue whose answer is one."""
_COOLER, _SENSOR = "cool", "sensor"
"""What an order blames, by a word of its title; one that cannot tell has both."""


class Rise(NamedTuple):
    """An order that rose, or found another cause."""

    order: str
    asset: str
    cause: str
    """Title of the order."""
    at_ns: int


class Orders:
    """Judges the orders of one run."""

    def __init__(self, site: Site) -> None:
        self._places = Places(site)
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

    def values(self, faults: Sequence[Stood]) -> dict[str, float]:
        """Return how many orders rose, and how many never had a fault behind them that they named.

        Args:
            faults: that truly were, or will be, with their true ends.
        """
        orders = {rise.order for rise in self._rises}
        true = {rise.order for rise in self._rises if any(self._explains(one, rise) for one in faults)}
        return {"repair_orders": float(len(orders)), "false_orders": float(len(orders - true))}

    def _explains(self, fault: Stood, rise: Rise) -> bool:
        """Whether an order may be the answer to a fault: of its asset, standing, and what it blames."""
        stands = fault.onset_ns <= rise.at_ns and (fault.end_ns is None or rise.at_ns < fault.end_ns)
        return stands and self._places.asset(fault.target) == rise.asset and blames(fault.kind, rise.cause)


def blames(kind: FaultKind, cause: str) -> bool:
    """Tell whether the title of an order names a kind of fault, or cannot tell it from another.

    >>> blames(FaultKind.FAN_FAILED, "Cooling group not moving oil or air; top-oil 9.0 K above model")
    False
    >>> blames(FaultKind.FAN_FAILED, "Cooler or sensor at fault, data cannot tell")
    True
    """
    words = cause.lower()
    if _COOLER in words and _SENSOR in words:
        return kind in FOUND_BY_ORDERS or kind in MEASURED
    if kind in FOUND_BY_ORDERS:
        return row_of(kind).seen_as in cause
    return kind in MEASURED and _SENSOR in words

"""The feasible set of a tree of sums: an interval for every set-point and sum, exact, in closed form.

Pure. From the leaves up each node knows which values its parts can reach; from the root down each node
knows which of them leave the others a value. In a tree both are intervals, and the second is exactly the
projection of the feasible set (interval arithmetic is exact where no variable occurs twice: R. E. Moore,
Interval Analysis, 1966).

Sums are rounded correctly (`math.fsum`), so they do not depend on order, machine or version of Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kernel.pipe.forest import Tree

Interval = tuple[float, float]
ROUNDING: Final = 1e-9
"""Relative gap that counts as rounding; absolute below 1."""


def gap(low: float, high: float) -> float:
    """Return by how much an interval lacks a value; 0.0 where it has one, up to rounding."""
    missing = low - high
    return missing if missing > ROUNDING * max(1.0, min(abs(low), abs(high))) else 0.0


def inside(value: float, interval: Interval) -> float:
    """Return the value of an interval that is nearest to a value."""
    return min(max(value, interval[0]), interval[1])


def times(weight: float, interval: Interval) -> Interval:
    """Return an interval times a weight of either sign."""
    one, other = weight * interval[0], weight * interval[1]
    return (one, other) if weight > 0 else (other, one)


def over(weight: float, interval: Interval) -> Interval:
    """Return an interval divided by a weight of either sign."""
    one, other = interval[0] / weight, interval[1] / weight
    return (one, other) if weight > 0 else (other, one)


def total(intervals: Sequence[Interval]) -> Interval:
    """Return the sum of intervals; that of none is 0."""
    return math.fsum(low for low, _ in intervals), math.fsum(high for _, high in intervals)


@dataclass(slots=True)
class Feasible:
    """What is left of a tree while it is narrowed; it lives for one arbitration."""

    tree: Tree
    own: list[Interval]
    """What was said of each node itself."""
    reach: list[Interval]
    """Values that its parts can make and that its own interval admits."""
    is_empty: bool = False

    def narrow(self, place: int, interval: Interval) -> None:
        """Leave of a node only what lies in an interval."""
        low, high = self.own[place]
        self.own[place] = (max(low, interval[0]), min(high, interval[1]))
        for at in self.tree.above(place):
            self._refresh(at)

    def fix(self, values: Mapping[int, float]) -> None:
        """Leave some nodes one value each, as `share` found them."""
        for place, value in values.items():
            self.own[place] = (value, value)
        for place in range(len(self.own)):
            self._refresh(place)

    def interval(self, place: int) -> Interval:
        """Return the values of a node for which all others still find theirs."""
        path = [*self.tree.above(place)]
        left = self.reach[path[-1]]
        for parent, child in zip(reversed(path), reversed(path[:-1]), strict=False):
            left = self._share_of(parent, child, left)
        return left

    def is_open(self, place: int) -> bool:
        """Tell whether more than one value is left for a node."""
        low, high = self.interval(place)
        return low < high

    def _share_of(self, parent: int, child: int, left: Interval) -> Interval:
        weights = dict(self.tree.nodes[parent].children)
        others = total([times(w, self.reach[at]) for at, w in weights.items() if at != child])
        low, high = over(weights[child], (left[0] - others[1], left[1] - others[0]))
        own_low, own_high = self.reach[child]
        if low > own_high or high < own_low:  # by rounding only: the parent would have no value else
            end = own_high if low > own_high else own_low
            return end, end
        return max(low, own_low), min(high, own_high)

    def _refresh(self, place: int) -> None:
        """Reckon what a node can reach from what its parts can."""
        own, children = self.own[place], self.tree.nodes[place].children
        parts = total([times(w, self.reach[at]) for at, w in children]) if children else own
        low, high = max(own[0], parts[0]), min(own[1], parts[1])
        if low > high:
            self.is_empty = self.is_empty or gap(low, high) > 0
            low = high = own[1] if parts[0] > own[1] else own[0]
        self.reach[place] = (low, high)


def feasible(tree: Tree, own: Mapping[int, Interval]) -> Feasible:
    """Begin with what is said of some nodes; nothing is said of the others."""
    said = [own.get(place, (-math.inf, math.inf)) for place in range(len(tree.nodes))]
    left = Feasible(tree, said, list(said))
    for place in range(len(said)):
        left._refresh(place)  # noqa: SLF001 - its own maker
    return left

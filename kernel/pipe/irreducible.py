"""Irreducible conflicts: of bounds that cannot hold together, those of which none can be left out.

Pure. A deletion filter: each bound is left out in turn, and stays out where the rest is infeasible without it
(J. W. Chinneck, E. W. Dravnieks, Locating minimal infeasible constraint sets in linear programs, 1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.pipe.feasible import Interval, feasible
from kernel.pipe.forest import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What somebody left of a node."""

    agent: str
    place: int
    interval: Interval


def is_feasible(tree: Tree, bounds: Sequence[Bound]) -> bool:
    """Tell whether some values keep all bounds."""
    own: dict[int, Interval] = {}
    for bound in bounds:
        low, high = own.get(bound.place, bound.interval)
        own[bound.place] = (max(low, bound.interval[0]), min(high, bound.interval[1]))
    return not feasible(tree, own).is_empty


def irreducible(tree: Tree, bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    """Return bounds that exclude each other, such that leaving out any one of them leaves a value.

    Args:
        tree: the tree of sums.
        bounds: infeasible together; those that stand first are left out first.
    """
    kept = list(bounds)
    for bound in bounds:
        without = [one for one in kept if one is not bound]
        if not is_feasible(tree, without):
            kept = without
    return tuple(kept)

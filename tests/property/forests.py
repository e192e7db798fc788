"""Random trees of sums with proposals, and a linear programme as their reference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from kernel.pipe.feasible import Interval
from kernel.pipe.forest import Tree, grow
from kernel.proposal import Priority, Proposal
from kernel.sum import Sum

weights = st.sampled_from([-2.0, -1.0, -0.5, 0.25, 1.0, 1.0, 1.0, 3.0])
numbers = st.integers(-40, 40).map(lambda n: n / 4)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """One tree of up to 3 floors and 6 set-points, weights of either sign."""
    groups = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    inner, points = [], 0
    for number, size in enumerate(groups):
        terms = tuple((f"p{points + at}/x", draw(weights)) for at in range(size))
        points += size
        inner.append(Sum(name=f"s{number}", unit="kW", terms=terms))
    loose = draw(st.integers(0, 1))
    outer = []
    for one in inner:
        factor = draw(weights)
        outer += [(point, factor * weight) for point, weight in one.terms]
    outer += [(f"p{points + at}/x", draw(weights)) for at in range(loose)]
    sums = [*inner, Sum(name="all", unit="kW", terms=tuple(outer))]
    (tree,) = grow(draw(st.permutations(sums)))
    return tree


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    one, other = draw(numbers), draw(numbers)
    return min(one, other), max(one, other)


@st.composite
def envelopes(draw: st.DrawFn, tree: Tree) -> dict[str, Interval]:
    """An envelope that the safe value 0 of every set-point keeps."""
    limits = {}
    for node in tree.nodes:
        if not node.children or draw(st.booleans()):
            limits[node.name] = (-abs(draw(numbers)), abs(draw(numbers)))
    return limits


@st.composite
def proposals(draw: st.DrawFn, tree: Tree) -> list[Proposal]:
    made = []
    for number in range(draw(st.integers(1, 6))):
        low, high = draw(intervals())
        kind = draw(st.sampled_from(["exact", "exact", "bounds", "both"]))
        made.append(
            Proposal(
                agent=f"a{number}",
                point=draw(st.sampled_from([node.name for node in tree.nodes])),
                priority=draw(st.sampled_from([Priority.SAFETY, Priority.CONTROL, Priority.OPERATION])),
                wanted=None if kind == "bounds" else draw(numbers),
                low=None if kind == "exact" else low,
                high=None if kind == "exact" else high,
                reason="r",
                made_at_ns=0,
                expires_at_ns=10,
            )
        )
    return made


def rows(tree: Tree) -> np.ndarray:
    """Weights of every node over the set-points, (nodes, leaves)."""
    table = np.zeros((len(tree.nodes), len(tree.leaves)))
    for column, place in enumerate(tree.leaves):
        table[place, column] = 1.0
    for place, node in enumerate(tree.nodes):
        for child, weight in node.children:
            table[place] += weight * table[child]
    return table


def extremes(tree: Tree, said: Mapping[int, Interval], place: int) -> Interval | None:
    """Lowest and highest value of a node under what is said, by linear programming; None where infeasible."""
    table = rows(tree)
    zero = np.zeros(table.shape[1])
    above = [(table[at], high) for at, (_, high) in said.items() if np.isfinite(high)]
    below = [(-table[at], -low) for at, (low, _) in said.items() if np.isfinite(low)]
    matrix, limit = [row for row, _ in (*above, *below)], [end for _, end in (*above, *below)]
    ends = []
    if linprog(zero, A_ub=matrix or None, b_ub=limit or None, bounds=(None, None)).status == 2:
        return None
    for sign in (1.0, -1.0):
        found = linprog(sign * table[place], A_ub=matrix or None, b_ub=limit or None, bounds=(None, None))
        ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
    return ends[0], ends[1]


def values_of(tree: Tree, points: Mapping[str, float]) -> list[float]:
    """Value of every node."""
    return (rows(tree) @ np.array([points[tree.nodes[at].name] for at in tree.leaves])).tolist()

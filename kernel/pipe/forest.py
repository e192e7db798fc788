"""The forest of sums: nested or disjoint sums as trees, so that what is feasible has a closed form.

Pure. A leaf is a set-point; a node above it is a sum of its children with weights. Sums that overlap
without being nested, or that weigh the same points differently, make no tree: `overlaps` names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

from kernel.sum import Sum

_SAME_WEIGHT: Final = 1e-12
"""Relative difference at which two weights count as the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A set-point or a sum."""

    name: str
    children: tuple[tuple[int, float], ...] = ()
    """Places of its terms in the tree, with their weights; none for a set-point."""
    parent: int = -1
    """Place of the sum it is a term of; -1 at the root."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Nodes of one tree; children stand before their parents, the root is the last."""

    nodes: tuple[Node, ...]

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Place of each node by name."""
        return {node.name: place for place, node in enumerate(self.nodes)}

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Places of the set-points."""
        return tuple(place for place, node in enumerate(self.nodes) if not node.children)

    def above(self, place: int) -> Iterator[int]:
        """Yield a node and all that it is a part of, upwards."""
        while place >= 0:
            yield place
            place = self.nodes[place].parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two sums that do not stand in one tree."""

    sums: tuple[str, str]
    text: str


def overlaps(sums: Sequence[Sum]) -> tuple[Overlap, ...]:
    """Return every pair of sums that are neither nested nor disjoint; empty where all make trees."""
    found = ((one, other, _mismatch(one, other)) for one, other in combinations(sums, 2))
    return tuple(Overlap(sums=(one.name, other.name), text=text) for one, other, text in found if text)


def _mismatch(one: Sum, other: Sum) -> str:
    inner, outer = (one, other) if len(one.terms) <= len(other.terms) else (other, one)
    small, large = dict(inner.terms), dict(outer.terms)
    common = [point for point in small if point in large]
    if not common:
        return ""
    if len(common) < len(small):
        return f"{inner.name} and {outer.name} share {common[0]}, but neither holds all points of the other"
    ratios = [large[point] / small[point] for point in small]
    if max(ratios) - min(ratios) > _SAME_WEIGHT * max(abs(ratio) for ratio in ratios):
        return (
            f"{outer.name} does not weigh the points of {inner.name} as {inner.name} does, times one number"
        )
    return ""


def grow(sums: Sequence[Sum]) -> tuple[Tree, ...]:
    """Make the trees of sums.

    Raises:
        ValueError: sums overlap.

    >>> south = Sum(name="south", unit="kW", terms=(("a/p", 1.0), ("b/p", 1.0)))
    >>> all_of_it = Sum(name="all", unit="kW", terms=(("a/p", 2.0), ("b/p", 2.0), ("c/p", 1.0)))
    >>> [(node.name, node.children) for node in grow([all_of_it, south])[0].nodes]
    [('a/p', ()), ('b/p', ()), ('south', ((0, 1.0), (1, 1.0))), ('c/p', ()), ('all', ((2, 2.0), (3, 1.0)))]
    """
    if found := overlaps(sums):
        raise ValueError("; ".join(overlap.text for overlap in found))
    inside_out = sorted(sums, key=lambda one: len(one.terms))
    holder = {
        one.name: next(
            (o for o in inside_out[at + 1 :] if dict(one.terms).keys() <= dict(o.terms).keys()), None
        )
        for at, one in enumerate(inside_out)
    }
    roots = [one for one in inside_out if holder[one.name] is None]
    parts = {one.name: [o for o in inside_out if holder[o.name] is one] for one in inside_out}
    return tuple(_tree(root, parts) for root in sorted(roots, key=lambda one: one.name))


def _tree(root: Sum, parts: Mapping[str, Sequence[Sum]]) -> Tree:
    nodes: list[Node] = []
    _plant(root, parts, nodes)
    parent = {child: place for place, node in enumerate(nodes) for child, _ in node.children}
    return Tree(
        nodes=tuple(
            Node(name=node.name, children=node.children, parent=parent.get(place, -1))
            for place, node in enumerate(nodes)
        )
    )


def _plant(one: Sum, parts: Mapping[str, Sequence[Sum]], nodes: list[Node]) -> int:
    """Append a sum after its parts; return its place."""
    weights, children = dict(one.terms), []
    for part in parts[one.name]:
        point, weight = part.terms[0]
        children.append((_plant(part, parts, nodes), weights[point] / weight))
        weights = {name: w for name, w in weights.items() if name not in dict(part.terms)}
    for point, weight in weights.items():
        nodes.append(Node(name=point))
        children.append((len(nodes) - 1, weight))
    nodes.append(Node(name=one.name, children=tuple(children)))
    return len(nodes) - 1

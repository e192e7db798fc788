"""Where the buses of a one-line diagram stand: a breadth-first tree from the source, one level a branch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.networks.network import Branch, Network

_HALF = 0.3
"""Half the width of a bar with one branch below it; neighbouring feeders are 1 apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a bus stands: a horizontal bar at a level below the source."""

    level: int
    """0 at the source; buses that nothing joins to it stand below everything else."""
    middle: float
    """Where the branch from above arrives."""
    left: float
    """Ends of the bar: it spans what hangs on it."""
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A network laid out."""

    places: dict[str, Place]
    """By bus."""
    down: dict[str, tuple[str, str]]
    """Upper and lower bus of each branch that hangs one bus below another, by its name."""
    across: dict[str, tuple[str, str]]
    """Both buses of each branch that closes a ring, or would if it were closed."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    level: dict[str, int] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    down: dict[str, tuple[str, str]] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)

    def spread(self, branches: Iterable[Branch]) -> None:
        """Reach every bus that branches join to one that is reached, the nearest first."""
        at: dict[str, list[Branch]] = {}
        for one in branches:
            at.setdefault(one.from_bus, []).append(one)
            at.setdefault(one.to_bus, []).append(one)
        waiting = deque(self.level)
        while waiting:
            bus = waiting.popleft()
            for one in at.get(bus, []):
                other = one.to_bus if one.from_bus == bus else one.from_bus
                if other not in self.level:
                    self.level[other] = self.level[bus] + 1
                    self.below.setdefault(bus, []).append(other)
                    self.down[one.name] = (bus, other)
                    waiting.append(other)

    def begin(self, bus: str) -> None:
        """Begin a tree at a bus, below all others."""
        self.level[bus] = max(self.level.values(), default=-1) + 1
        self.roots.append(bus)


def lay_out(network: Network) -> Tree:
    """Lay a network out: along what is closed, so that what is open shows as a way across.

    >>> from simulators.networks.file import shipped
    >>> tree = lay_out(shipped("nord"))
    >>> tree.places["hv"].level, tree.places["bus1"].level, sorted(tree.across)
    (0, 1, ['coupler'])
    """
    away = open_branches(network)
    closed = [one for one in network.branches if one.name not in away]
    walk = _Walk()
    for bus in (network.source.bus, *(one.name for one in network.buses)):
        if bus not in walk.level:
            walk.begin(bus)
            walk.spread(closed)
            walk.spread(network.branches)
    across = {one.name: (one.from_bus, one.to_bus) for one in network.branches if one.name not in walk.down}
    return Tree(places=_places(walk), down=walk.down, across=across)


def open_branches(network: Network) -> frozenset[str]:
    """Return the branches that carry nothing when a run begins: open themselves, or at one of their ends."""
    at_an_end = {one.branch for one in network.switches if not one.closed}
    away = network.open_at_start() | at_an_end
    return frozenset(one.name for one in network.branches if one.name in away)


def _places(walk: _Walk) -> dict[str, Place]:
    """Stand the ends of feeders side by side, and every other bus above the middle of what hangs on it."""
    order, waiting = list[str](), list(reversed(walk.roots))
    while waiting:  # a feeder may be longer than Python likes to recurse
        bus = waiting.pop()
        order.append(bus)
        waiting.extend(reversed(walk.below.get(bus, [])))
    ends = (bus for bus in order if bus not in walk.below)
    middle = {bus: float(number) for number, bus in enumerate(ends)}
    places: dict[str, Place] = {}
    for bus in reversed(order):
        below = [middle[child] for child in walk.below.get(bus, [])] or [middle[bus]]
        middle[bus] = 0.5 * (below[0] + below[-1])
        places[bus] = Place(
            level=walk.level[bus], middle=middle[bus], left=below[0] - _HALF, right=below[-1] + _HALF
        )
    return places

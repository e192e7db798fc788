"""Which phases of which buses have a way to the source, as switches stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.networks.network import Network, Transformer
from simulators.physics.flows import Rows

Flags = NDArray[np.bool_]
_ALL = "abc"


def supplied(network: Network, rows: Rows, closed: Flags) -> Flags:
    """Return (N, 3) whether a phase of a bus is joined to the source.

    A three-phase transformer with one live phase on one side makes all phases of the other live.

    Args:
        network: with N buses and B branches.
        rows: its numbering.
        closed: (B, 2) whether the `from` and the `to` end of a branch are closed.
    """
    near: list[list[tuple[int, str, bool]]] = [[] for _ in rows.bus]
    for branch in network.branches:
        row, ends = rows.branch[branch.name], (rows.bus[branch.from_bus], rows.bus[branch.to_bus])
        if closed[row].all():
            phases = getattr(branch, "phases", _ALL)
            mixes = isinstance(branch, Transformer) and phases == _ALL
            near[ends[0]].append((ends[1], phases, mixes))
            near[ends[1]].append((ends[0], phases, mixes))
    live = np.zeros((len(rows.bus), 3), dtype=bool)
    start = rows.bus[network.source.bus]
    live[start] = True
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for there, phases, mixes in near[here]:
            coming = np.array([phase in phases for phase in _ALL]) & (live[here] | mixes)
            if (coming & ~live[there]).any():
                live[there] |= coming
                waiting.append(there)
    return live

"""The days before a run, so that a fresh gateway has history to learn from.

The same loads, the same grid and the same sky over panels and turbines as in the world, with every battery
idle; no meter noise, no faults. Appliances that remember (vehicles, buildings, contracts) are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from kernel.point import NANOSECONDS
from simulators.appliances.demand import Demand, Profiles
from simulators.durations import DAY_NS
from simulators.networks.network import Network
from simulators.part import Part, Wish
from simulators.physics.flows import Values
from simulators.physics.solvers import DEFAULT, SolverName, sound_solver
from simulators.physics.switching import Switching

_PIECE_S: Final = 900
"""Profiles are linear between full quarter-hours: the middle of a piece is its mean, but for the curve of
the losses (below 1 kW here)."""


class Backfill(NamedTuple):
    """Interval means of P points over n intervals."""

    points: tuple[str, ...]
    """P names, `asset/active_power`: the feeders that are in service, then the connection."""
    start_ns: int
    """Begin of the first interval, nanoseconds since 1970 UTC."""
    step_s: int
    values: Values
    """(P, n) means, kW; NaN where the grid had no solution."""


def backfill(
    profiles: Profiles,
    network: Network,
    end_ns: int,
    *,
    days: int,
    step_s: int = 900,
    solver: SolverName = DEFAULT,
    plants: Sequence[Part] = (),
) -> Backfill:
    """Return the means of all feeders and of the grid connection for the days before a moment.

    Args:
        profiles: measured loads and generation.
        network: whose feeders they load.
        end_ns: end of the last interval, nanoseconds since 1970 UTC; means are exact where it is a full
            quarter-hour.
        days: how many days of 24 h before it, >= 1.
        step_s: length of an interval, seconds; a divisor of a day.
        solver: of the grid.
        plants: of the network, that feed in besides those that follow a profile.

    Returns:
        (P, n) means with n = days * 86400 / step_s, oldest first.

    Raises:
        ValueError: `step_s` does not divide a day.
    """
    if 86_400 % step_s:
        raise ValueError(f"{step_s} s does not divide a day")
    grid = sound_solver(network, solver)
    demand = Demand(network, profiles)
    open_branches = network.open_at_start()
    switching = Switching(open=open_branches)
    feeders = [line.name for line in network.lines if line.name not in open_branches]
    rows = [grid.rows.branch[name] for name in feeders]
    count = days * 86_400 // step_s
    start_ns = end_ns - days * DAY_NS
    values = np.zeros((len(feeders) + 1, count))
    pieces = max(1, step_s // _PIECE_S)
    for step in range(count):
        for piece in range(pieces):
            share = (2 * piece + 1) / (2 * pieces)
            then_ns = start_ns + round((step + share) * step_s * NANOSECONDS)
            wish = Wish.nothing(grid.rows)
            demand.act(then_ns, wish)
            for plant in plants:
                plant.act_free(then_ns, wish)
            flows = grid.solve(wish.injections(), switching)
            values[:-1, step] += flows.branch[rows, 0]
            values[-1, step] += flows.import_kw
    names = (*feeders, network.source.name)
    return Backfill(tuple(f"{name}/active_power" for name in names), start_ns, step_s, values / pieces)

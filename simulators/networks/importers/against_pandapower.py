"""Solving an imported network and its origin in pandapower side by side.

A difference that is left is one of models: both are solved to much finer tolerances than it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simulators.networks.importers.agreement import Agreement, compare
from simulators.networks.importers.imported import Imported
from simulators.networks.importers.pandapower_net import solved
from simulators.physics.flows import Flows, Injections, Values
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching

NOW: Final = "as it stands"
"""The moment that a network file itself describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The powers of the origin at one moment; what is not named stands as the net has it."""

    name: str
    columns: Mapping[tuple[str, str], Values]
    """By table and column of pandapower, (load, p_mw): a value for every row of that table."""


def agree(net: Any, imported: Imported, moments: Sequence[Moment] = ()) -> Agreement:
    """Solve both at every moment and return how far they are apart.

    Args:
        net: the origin; its powers and results are changed.
        imported: from it; what was added to its network since has no counterpart, and is not compared.
        moments: to solve; the net as it stands where there are none.
    """
    network, grid = imported.network, PowerGrid(imported.network)
    known = set(imported.names["bus"].values())
    rows = [row for row, bus in enumerate(network.buses) if bus.name in known]
    ours: dict[str, Values] = {}
    theirs: dict[str, Values] = {}
    unsolved = []
    for moment in moments or (Moment(name=NOW, columns={}),):
        for (table, column), values in moment.columns.items():
            net[table][column] = values
        theirs[moment.name] = _solve(net, imported)
        flows = grid.solve(_injections(net, imported, moment), Switching(open=network.open_at_start()))
        ours[moment.name] = flows.bus_kv[rows]
        unsolved += _unsolved(moment.name, flows, theirs[moment.name])
    theirs = {name: kv[rows] for name, kv in theirs.items()}
    return compare([network.buses[row] for row in rows], ours, theirs, unsolved=unsolved)


def _unsolved(moment: str, flows: Flows, theirs: Values) -> list[str]:
    found = [] if flows.converged else [f"{moment}: ours has no solution ({flows.failure})"]
    return found + ([f"{moment}: pandapower has no solution"] if np.isnan(theirs).all() else [])


def _solve(net: Any, imported: Imported) -> Values:
    """Return pandapower's voltages, (N,) kV in our order; all NaN where it has no solution."""
    found = np.full(len(imported.network.buses), np.nan)
    if solved(net):
        row = {bus.name: at for at, bus in enumerate(imported.network.buses)}
        for index, name in imported.names["bus"].items():
            if name in row:
                found[row[name]] = net.res_bus.vm_pu[index] * net.bus.vn_kv[index]
    return found


def _injections(net: Any, imported: Imported, moment: Moment) -> Injections:
    """Return the powers of a moment in our order; storages as the origin schedules them."""
    network = imported.network
    batteries = np.zeros(len(network.batteries))
    wanted = Injections(
        load_kw=np.array([load.peak_kw for load in network.loads], dtype=float),
        load_kvar=np.array([load.peak_kvar or 0.0 for load in network.loads], dtype=float),
        plant_kw=np.concatenate([[unit.rated_kw for unit in network.generators], batteries]),
        plant_kvar=np.concatenate([[unit.rated_kvar for unit in network.generators], batteries]),
    )
    load = {load.name: at for at, load in enumerate(network.loads)}
    plant = {plant.name: at for at, plant in enumerate(network.plants)}
    into = {
        ("load", "p_mw"): (load, wanted.load_kw, 1e3),
        ("load", "q_mvar"): (load, wanted.load_kvar, 1e3),
        ("sgen", "p_mw"): (plant, wanted.plant_kw, 1e3),
        ("storage", "p_mw"): (plant, wanted.plant_kw, -1e3),
        ("storage", "q_mvar"): (plant, wanted.plant_kvar, -1e3),
    }
    for (table, column), (rows, powers, scale) in into.items():
        if (table, column) not in moment.columns and table != "storage":
            continue
        frame = net[table]
        for index, name in imported.names.get(table, {}).items():
            if name in rows:
                powers[rows[name]] = scale * float(frame[column][index] * frame.scaling[index])
    return wanted

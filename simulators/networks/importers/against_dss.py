"""Solving an imported circuit and its origin in OpenDSS side by side, phase by phase."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from simulators.networks.importers.agreement import Agreement, compare
from simulators.networks.importers.dss_file import solved
from simulators.networks.importers.imported import Imported
from simulators.networks.network import Network
from simulators.physics.flows import Flows, Injections, Values
from simulators.physics.solvers import able, sound_solver
from simulators.physics.switching import Switching

_PHASES: Final = "abc"
_SQRT3: Final = 3.0**0.5


def agree_with_dss(dss: Any, imported: Imported) -> Agreement:
    """Solve both as they stand and return how far they are apart.

    Args:
        dss: the origin, as `simulators.networks.importers.dss_file.read_dss` returns it.
        imported: from it; what was added to its network since is not compared.
    """
    network = imported.network
    known = set(imported.names["bus"].values())
    rows = [row for row, bus in enumerate(network.buses) if bus.name in known]
    flows = sound_solver(network, able(network)).solve(
        powers_of(network), Switching(open=network.open_at_start())
    )
    unsolved = [] if flows.converged else [f"ours has no solution ({flows.failure})"]
    if not solved(dss):
        unsolved.append("OpenDSS has no solution")
    ours, theirs = _by_phase(flows), _origin(dss, imported)
    moments = {f"phase {phase}": at for at, phase in enumerate(_PHASES)}
    return compare(
        [network.buses[row] for row in rows],
        {name: ours[rows, at] for name, at in moments.items()},
        {name: theirs[rows, at] for name, at in moments.items()},
        unsolved=unsolved,
    )


def powers_of(network: Network) -> Injections:
    """Return what every load and plant takes at its peak, batteries idle."""
    idle = np.zeros(len(network.batteries))
    return Injections(
        load_kw=np.array([load.peak_kw for load in network.loads], dtype=float),
        load_kvar=np.array([load.peak_kvar or 0.0 for load in network.loads], dtype=float),
        plant_kw=np.concatenate([[unit.rated_kw for unit in network.generators], idle]),
        plant_kvar=np.concatenate([[unit.rated_kvar for unit in network.generators], idle]),
    )


def _by_phase(flows: Flows) -> Values:
    """Return (N, 3) voltages as line-to-line, kV; NaN where a bus lacks the phase."""
    if flows.phase_kv is None:
        return np.repeat(flows.bus_kv[:, None], len(_PHASES), axis=1)
    return flows.phase_kv * _SQRT3


def _origin(dss: Any, imported: Imported) -> Values:
    row = {bus.name: at for at, bus in enumerate(imported.network.buses)}
    theirs = np.full((len(row), len(_PHASES)), np.nan)
    circuit = dss.ActiveCircuit
    for number, bus in enumerate(circuit.AllBusNames):
        name = imported.names["bus"].get(number)
        if name not in row:
            continue
        circuit.SetActiveBus(bus)
        told = np.array(circuit.ActiveBus.Voltages, dtype=float).view(np.complex128)
        for node, volts in zip(circuit.ActiveBus.Nodes, told, strict=True):
            if 1 <= node <= len(_PHASES):
                theirs[row[name], node - 1] = abs(volts) * _SQRT3 * 1e-3
    return theirs

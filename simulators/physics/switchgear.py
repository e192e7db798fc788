"""From what is switched to the update tables of power-grid-model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from power_grid_model import ComponentType, DatasetType, initialize_array

from simulators.networks.network import Network
from simulators.physics.ends import check_names, ends_of
from simulators.physics.flows import Rows
from simulators.physics.switching import Switching
from simulators.physics.tables import Table, admittances_of


class Switchgear:
    """All switches, tap changers and capacitor steps of a network."""

    def __init__(self, network: Network, rows: Rows, tables: Mapping[ComponentType, Table]) -> None:
        """Find which end of which branch each name opens."""
        self._network = network
        self._ends = ends_of(network, rows)
        self._taps = {unit.name: unit.tap_position for unit in network.transformers}
        self._steps = {bank.name: bank.steps_in for bank in network.capacitors}
        self._conductance, self._susceptance = admittances_of(network)
        counts = (len(network.transformers), len(network.lines), len(network.couplers))
        first = np.cumsum((0, *counts))
        kinds = (ComponentType.transformer, ComponentType.line, ComponentType.link)
        self._branches = {
            kind: (slice(begin, begin + count), update_table(tables, kind))
            for kind, begin, count in zip(kinds, first, counts, strict=False)
            if count
        }
        self._shunts = update_table(tables, ComponentType.shunt)
        self._count = len(rows.branch)

    def updates(self, switching: Switching) -> dict[ComponentType, Table]:
        """Return the tables that put the network into this state, whatever it was before.

        Raises:
            KeyError: a branch, switch, transformer or capacitor is named that the network does not have.
            ValueError: something is shorted; `simulators.physics.shorted` solves that.
        """
        check_names(self._network, self._ends, switching)
        closed = np.ones((self._count, 2), dtype=np.int8)
        for name in switching.open:
            for row, end in self._ends[name]:
                closed[row, end] = 0
        tables: dict[ComponentType, Table] = {}
        for kind, (span, table) in self._branches.items():
            table["from_status"], table["to_status"] = closed[span, 0], closed[span, 1]
            tables[kind] = table
        if self._taps:
            units = tables[ComponentType.transformer]
            units["tap_pos"] = [switching.taps.get(name, at) for name, at in self._taps.items()]
        if self._steps:
            steps = [switching.feeding(name, steps) for name, steps in self._steps.items()]
            self._shunts["g1"] = self._shunts["g0"] = self._conductance * steps
            self._shunts["b1"] = self._shunts["b0"] = self._susceptance * steps
            tables[ComponentType.shunt] = self._shunts
        return tables


def update_table(tables: Mapping[ComponentType, Table], kind: ComponentType) -> Table:
    """Return an update array for one kind, to be kept and written in place; what is not written stays."""
    if kind not in tables:
        return initialize_array(DatasetType.update, kind, 0)
    table = initialize_array(DatasetType.update, kind, len(tables[kind]))
    table["id"] = tables[kind]["id"]
    return table

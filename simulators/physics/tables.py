"""From a network to the input tables of power-grid-model, in its units: V, W, var, VA, ohm, F."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from numpy.typing import NDArray
from power_grid_model import (
    BranchSide,
    ComponentType,
    DatasetType,
    LoadGenType,
    WindingType,
    initialize_array,
)

from simulators.networks.network import Branch, Load, Network, Plant, Transformer
from simulators.physics.flows import Rows

Table = NDArray[Any]
"""A structured array of power-grid-model."""

_TAPS: Final = 9
"""Highest tap position of the transformers in the network file."""
_WYE_N: Final = WindingType.wye_n


def rows_of(network: Network) -> Rows:
    """Number buses, branches, loads and plants in the order of the network."""

    def number(names: list[str]) -> dict[str, int]:
        return {name: row for row, name in enumerate(names)}

    return Rows(
        bus=number([bus.name for bus in network.buses]),
        branch=number([branch.name for branch in network.branches]),
        load=number([load.name for load in network.loads]),
        plant=number([plant.name for plant in network.plants]),
    )


def tables_of(network: Network, rows: Rows) -> dict[ComponentType, Table]:
    """Return the input tables by component; ids count through buses, branches, appliances."""
    first_branch = len(rows.bus)
    first_appliance = first_branch + len(rows.branch)
    tables = {
        ComponentType.node: _node_table(network),
        ComponentType.transformer: _transformer_table(network, rows, first_branch),
        ComponentType.line: _line_table(network, rows, first_branch + len(network.transformers)),
        ComponentType.link: _link_table(network, rows, first_appliance - len(network.couplers)),
        ComponentType.source: _source_table(network, rows, first_appliance),
        ComponentType.sym_load: _appliances(ComponentType.sym_load, network.loads, rows, first_appliance + 1),
        ComponentType.sym_gen: _appliances(
            ComponentType.sym_gen,
            network.plants,
            rows,
            first_appliance + 1 + len(network.loads),
        ),
    }
    return {kind: table for kind, table in tables.items() if len(table)}


def _node_table(network: Network) -> Table:
    table = initialize_array(DatasetType.input, ComponentType.node, len(network.buses))
    table["id"] = range(len(network.buses))
    table["u_rated"] = [bus.voltage_kv * 1e3 for bus in network.buses]
    return table


def _branch_table(kind: ComponentType, branches: Sequence[Branch], rows: Rows, first: int) -> Table:
    table = initialize_array(DatasetType.input, kind, len(branches))
    table["id"] = range(first, first + len(branches))
    table["from_node"] = [rows.bus[branch.from_bus] for branch in branches]
    table["to_node"] = [rows.bus[branch.to_bus] for branch in branches]
    table["from_status"] = 1
    table["to_status"] = 1
    return table


def _transformer_table(network: Network, rows: Rows, first: int) -> Table:
    units = network.transformers
    table = _branch_table(ComponentType.transformer, units, rows, first)
    table["u1"] = [unit.high_kv * 1e3 for unit in units]
    table["u2"] = [unit.low_kv * 1e3 for unit in units]
    table["sn"] = [unit.rated_kva * 1e3 for unit in units]
    table["uk"] = [unit.short_circuit_pu for unit in units]
    table["pk"] = [unit.copper_loss_kw * 1e3 for unit in units]
    table["i0"] = [unit.no_load_current_pu for unit in units]
    table["p0"] = [unit.iron_loss_kw * 1e3 for unit in units]
    table["winding_from"] = _WYE_N
    table["winding_to"] = [_low_winding(unit) for unit in units]
    table["clock"] = [unit.clock for unit in units]
    table["tap_side"] = BranchSide.from_side
    table["tap_pos"] = [unit.tap_position for unit in units]
    table["tap_min"], table["tap_max"], table["tap_nom"] = -_TAPS, _TAPS, 0
    table["tap_size"] = [unit.tap_step_kv * 1e3 for unit in units]
    return table


def _low_winding(unit: Transformer) -> WindingType:
    """Odd clock numbers need one wye and one delta winding, even ones two wyes."""
    return WindingType.delta if unit.clock % 2 else _WYE_N


def _line_table(network: Network, rows: Rows, first: int) -> Table:
    cables = network.cables
    table = _branch_table(ComponentType.line, cables, rows, first)
    table["r1"] = [cable.ohm_per_km * cable.length_km for cable in cables]
    table["x1"] = [cable.reactance_ohm_per_km * cable.length_km for cable in cables]
    table["c1"] = [cable.capacitance_uf_per_km * cable.length_km * 1e-6 for cable in cables]
    table["tan1"] = 0.0
    table["i_n"] = [cable.rated_a for cable in cables]
    return table


def _link_table(network: Network, rows: Rows, first: int) -> Table:
    return _branch_table(ComponentType.link, network.couplers, rows, first)


def _source_table(network: Network, rows: Rows, first: int) -> Table:
    table = initialize_array(DatasetType.input, ComponentType.source, 1)
    table["id"], table["node"], table["status"] = first, rows.bus[network.source.bus], 1
    table["u_ref"] = network.source.voltage_pu
    table["sk"] = network.source.short_circuit_mva * 1e6
    table["rx_ratio"] = network.source.rx_ratio
    return table


def _appliances(kind: ComponentType, things: Sequence[Load | Plant], rows: Rows, first: int) -> Table:
    table = initialize_array(DatasetType.input, kind, len(things))
    table["id"] = range(first, first + len(things))
    table["node"] = [rows.bus[thing.bus] for thing in things]
    table["status"] = 1
    table["type"] = LoadGenType.const_power
    table["p_specified"] = 0.0
    table["q_specified"] = 0.0
    return table

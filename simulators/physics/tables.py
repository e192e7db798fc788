"""From a network to the input tables of power-grid-model, in its units: V, W, var, VA, ohm, F."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from power_grid_model import (
    BranchSide,
    ComponentType,
    DatasetType,
    LoadGenType,
    WindingType,
    initialize_array,
)

from simulators.networks.network import Branch, Line, Load, Network, Plant, Transformer
from simulators.physics.flows import Rows, Values, frozen
from simulators.physics.magnetising import pi_plate

Table = NDArray[Any]
"""A structured array of power-grid-model."""

_LAWS: Final = {
    "power": LoadGenType.const_power,
    "current": LoadGenType.const_current,
    "impedance": LoadGenType.const_impedance,
}


_STIFF_VA: Final = 1e15
"""Short-circuit power of a stiff source: its voltage moves by 1e-7 pu for 100 MVA. More would cost the
import, which is reckoned from that difference, digits of the energy balance."""


class MissingZeroSequence(ValueError):
    """A network with phases has lines whose zero-sequence impedance is not known."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        super().__init__(f"lines without zero-sequence impedance: {', '.join(lines)}")


class Uneven(ValueError):
    """A network has what power-grid-model cannot carry."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(
            "power-grid-model carries no lines, transformers and capacitors of single phases, no loads "
            "between two phases and no transformer that is magnetised at one end alone; "
            f'solver = "opendss" does: {", ".join(names)}'
        )


def beyond_sequences(network: Network) -> tuple[str, ...]:
    """Return the names of what only OpenDSS carries; none where the default solver does."""
    one_end = (unit.name for unit in network.transformers if unit.magnetising in ("from", "to"))
    return tuple(dict.fromkeys((*network.uneven, *one_end)))


def rows_of(network: Network) -> Rows:
    """Number buses, branches, loads and plants in the order of the network."""

    def number(names: list[str]) -> dict[str, int]:
        return {name: row for row, name in enumerate(names)}

    return Rows(
        bus=number([bus.name for bus in network.buses]),
        branch=number([branch.name for branch in network.branches]),
        load=number([load.name for load in network.loads]),
        plant=number([plant.name for plant in network.plants]),
        rated_a=frozen(np.array([_rated(branch) for branch in network.branches]).reshape(-1, 2)),
    )


def shares_of(network: Network) -> tuple[Values, Values]:
    """Return how the power of loads and plants is shared among the phases: (L, 3) and (G, 3)."""

    def share(phases: str) -> list[float]:
        return [(phase in phases) / len(phases) for phase in "abc"]

    loads = [share(load.phases) for load in network.loads]
    plants = [share(getattr(plant, "phases", "abc")) for plant in network.plants]
    return np.array(loads).reshape(-1, 3), np.array(plants).reshape(-1, 3)


def tables_of(network: Network, rows: Rows, *, by_phase: bool | None = None) -> dict[ComponentType, Table]:
    """Return the input tables by component; ids count through buses, branches, appliances.

    Args:
        network: that is solved.
        rows: its numbering.
        by_phase: whether the zero sequence counts; None: where something hangs on fewer than three phases.

    Raises:
        MissingZeroSequence: the zero sequence counts, and lines are not known well enough for that.
        Uneven: the network has what only OpenDSS carries.
    """
    if names := beyond_sequences(network):
        raise Uneven(names)
    by_phase = network.asymmetric if by_phase is None else by_phase
    first_branch = len(rows.bus)
    first_appliance = first_branch + len(rows.branch)
    first_load = first_appliance + 1
    first_plant = first_load + len(network.loads)
    load, plant = appliance_kinds(network)
    tables = {
        ComponentType.node: _node_table(network),
        ComponentType.transformer: _transformer_table(network, rows, first_branch),
        ComponentType.line: _line_table(
            network, rows, first_branch + len(network.transformers), by_phase=by_phase
        ),
        ComponentType.link: _link_table(network, rows, first_appliance - len(network.couplers)),
        ComponentType.source: _source_table(network, rows, first_appliance),
        load: _appliances(load, network.loads, rows, first_load),
        plant: _appliances(plant, network.plants, rows, first_plant),
        ComponentType.shunt: _shunt_table(network, rows, first_plant + len(network.plants)),
    }
    return {kind: table for kind, table in tables.items() if len(table)}


def appliance_kinds(network: Network) -> tuple[ComponentType, ComponentType]:
    """Return as which components loads and plants are solved: by phase where the network has phases."""
    if network.asymmetric:
        return ComponentType.asym_load, ComponentType.asym_gen
    return ComponentType.sym_load, ComponentType.sym_gen


def admittances_of(network: Network) -> tuple[Values, Values]:
    """Return conductance and susceptance of one step of each capacitor, S: (K,) and (K,)."""
    kv = {bus.name: bus.voltage_kv for bus in network.buses}
    square = np.array([kv[bank.bus] ** 2 * 1e3 for bank in network.capacitors])
    loss_kw = np.array([bank.step_loss_kw for bank in network.capacitors])
    kvar = np.array([bank.step_kvar for bank in network.capacitors])
    return loss_kw / square, kvar / square


def _rated(branch: Branch) -> tuple[float, float]:
    """Rated current at both ends, A; infinite where there is none."""
    if isinstance(branch, Transformer):
        return branch.rated_high_a, branch.rated_a
    rated = branch.rated_a
    return (np.inf, np.inf) if rated is None else (rated, rated)


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
    plates = [pi_plate(unit) for unit in units]
    table["uk"] = [plate.short_circuit_pu for plate in plates]
    table["pk"] = [plate.copper_loss_kw * 1e3 for plate in plates]
    table["i0"] = [plate.no_load_current_pu for plate in plates]
    table["p0"] = [plate.iron_loss_kw * 1e3 for plate in plates]
    table["winding_from"] = [WindingType[unit.high_winding] for unit in units]
    table["winding_to"] = [_low_winding(unit) for unit in units]
    table["r_grounding_to"] = [unit.earth_ohm for unit in units]
    table["x_grounding_to"] = [unit.earth_reactance_ohm for unit in units]
    table["clock"] = [unit.clock for unit in units]
    table["tap_side"] = [_SIDES[unit.tap_side] for unit in units]
    table["tap_pos"] = [unit.tap_position for unit in units]
    table["tap_min"] = [unit.tap_min for unit in units]
    table["tap_max"] = [unit.tap_max for unit in units]
    table["tap_nom"] = [unit.tap_neutral for unit in units]
    table["tap_size"] = [unit.tap_step_kv * 1e3 for unit in units]
    return table


def _low_winding(unit: Transformer) -> WindingType:
    """Odd clock numbers need one wye and one delta winding, even ones two wyes."""
    if unit.low_winding is not None:
        return WindingType[unit.low_winding]
    return WindingType.delta if unit.clock % 2 else WindingType.wye_n


def _line_table(network: Network, rows: Rows, first: int, *, by_phase: bool) -> Table:
    lines = network.lines
    table = _branch_table(ComponentType.line, lines, rows, first)
    table["r1"] = [line.ohm_per_km * line.length_km for line in lines]
    table["x1"] = [line.reactance_ohm_per_km * line.length_km for line in lines]
    table["c1"] = [line.capacitance_uf_per_km * line.length_km * 1e-6 for line in lines]
    table["tan1"] = [line.loss_tangent for line in lines]
    table["i_n"] = [line.rated_a for line in lines]
    if by_phase:
        _zero_sequence(table, network)
    return table


def _zero_sequence(table: Table, network: Network) -> None:
    unknown = tuple(line.name for line in network.lines if None in _zero(line))
    if unknown:
        raise MissingZeroSequence(unknown)
    zero = np.array([_zero(line) for line in network.lines], dtype=float).reshape(-1, 3)
    km = np.array([line.length_km for line in network.lines])
    table["r0"], table["x0"], table["c0"] = zero[:, 0] * km, zero[:, 1] * km, zero[:, 2] * km * 1e-6
    table["tan0"] = table["tan1"]


def _zero(line: Line) -> tuple[float | None, float | None, float | None]:
    return line.zero_ohm_per_km, line.zero_reactance_ohm_per_km, line.zero_capacitance_uf_per_km


def _link_table(network: Network, rows: Rows, first: int) -> Table:
    return _branch_table(ComponentType.link, network.couplers, rows, first)


def _source_table(network: Network, rows: Rows, first: int) -> Table:
    table = initialize_array(DatasetType.input, ComponentType.source, 1)
    table["id"], table["node"], table["status"] = first, rows.bus[network.source.bus], 1
    table["u_ref"] = network.source.voltage_pu
    table["sk"] = _STIFF_VA if network.source.stiff else network.source.short_circuit_mva * 1e6
    table["rx_ratio"] = network.source.rx_ratio
    table["z01_ratio"] = network.source.zero_ratio
    return table


def _shunt_table(network: Network, rows: Rows, first: int) -> Table:
    banks = network.capacitors
    table = initialize_array(DatasetType.input, ComponentType.shunt, len(banks))
    table["id"] = range(first, first + len(banks))
    table["node"] = [rows.bus[bank.bus] for bank in banks]
    table["status"] = 1
    conductance, susceptance = admittances_of(network)
    steps_in = np.array([bank.steps_in for bank in banks], dtype=float)
    table["g1"] = table["g0"] = conductance * steps_in
    table["b1"] = table["b0"] = susceptance * steps_in
    return table


def _appliances(kind: ComponentType, things: Sequence[Load | Plant], rows: Rows, first: int) -> Table:
    table = initialize_array(DatasetType.input, kind, len(things))
    table["id"] = range(first, first + len(things))
    table["node"] = [rows.bus[thing.bus] for thing in things]
    table["status"] = 1
    table["type"] = [_LAWS[getattr(thing, "law", "power")] for thing in things]
    table["p_specified"] = 0.0
    table["q_specified"] = 0.0
    return table


_SIDES: Final = {"from": BranchSide.from_side, "to": BranchSide.to_side}

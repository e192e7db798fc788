"""The state of a grid from measurements that do not quite agree: weighted least squares by power-grid-model.

What the simulated world knows exactly an estimator has to find out; studies put its noisy meters in here, and
look at how near the estimate comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from power_grid_model import (
    ComponentType,
    DatasetType,
    MeasuredTerminalType,
    PowerGridModel,
    initialize_array,
)
from power_grid_model.errors import (  # type: ignore[attr-defined, unused-ignore]  # re-exported without a mark
    NotObservableError,
)

from simulators.networks.network import Network
from simulators.physics.flows import Flows, Values, frozen
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switchgear import Switchgear
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.physics.tables import Table, tables_of

Terminal = Literal["source", "load", "plant", "from", "to"]


class NotObservable(ValueError):
    """The measurements do not say enough to know the state of every bus."""


class UnknownPlace(KeyError):
    """A measurement stands where the network has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredVoltage:
    """A line-to-line voltage."""

    bus: str
    kv: float
    sigma_kv: float
    """Standard deviation, kV, > 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPower:
    """Active and reactive power: consumed by a load, fed in by a plant or the source, entering a branch."""

    terminal: Terminal
    name: str
    """Of the source, load, plant or branch."""
    kw: float
    kvar: float
    sigma_kw: float
    """Standard deviation of both, kW and kvar, > 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """The state that fits all measurements best."""

    flows: Flows
    voltage_residuals: Values
    """(V,) measured less estimated, in standard deviations, in the order of the measurements."""
    power_residuals: Values
    """(P, 2) of active and reactive power, likewise."""

    @property
    def objective(self) -> float:
        """Sum of the squared residuals: what a chi-squared test for bad measurements looks at."""
        return float((self.voltage_residuals**2).sum() + (self.power_residuals**2).sum())


_TERMINALS: Final = {
    "source": MeasuredTerminalType.source,
    "load": MeasuredTerminalType.load,
    "plant": MeasuredTerminalType.generator,
    "from": MeasuredTerminalType.branch_from,
    "to": MeasuredTerminalType.branch_to,
}


def estimate(
    network: Network,
    voltages: Sequence[MeasuredVoltage],
    powers: Sequence[MeasuredPower],
    switching: Switching = AS_DRAWN,
) -> Estimate:
    """Find the balanced state that fits the measurements best.

    Args:
        network: balanced.
        voltages: V >= 1.
        powers: P >= 0; what is known for sure is a measurement with a small sigma.
        switching: as it stands.

    Raises:
        NotObservable: the measurements do not say enough.
        UnknownPlace: one stands where the network has nothing.
        KeyError: `switching` names what the network does not have.
        ValueError: the network has phases.
    """
    if network.asymmetric:
        raise ValueError(f"network {network.name} has phases; the estimate is balanced")
    grid = PowerGrid(network)
    tables = tables_of(network, grid.rows)
    first = 1 + max(int(table["id"].max()) for table in tables.values())
    sensors = {
        ComponentType.sym_voltage_sensor: _voltage_table(grid, voltages, first),
        ComponentType.sym_power_sensor: _power_table(grid, powers, first + len(voltages), tables),
    }
    model = PowerGridModel({**tables, **{kind: table for kind, table in sensors.items() if len(table)}})
    model.update(update_data=Switchgear(network, grid.rows, tables).updates(switching))
    try:
        answer = model.calculate_state_estimation(symmetric=True)
    except NotObservableError as unknown:
        raise NotObservable(f"{len(voltages)} voltages and {len(powers)} powers: {unknown}") from unknown
    return Estimate(
        flows=grid.flows_of(answer),
        voltage_residuals=_voltage_residuals(answer, voltages),
        power_residuals=_power_residuals(answer, powers),
    )


def _voltage_table(grid: PowerGrid, voltages: Sequence[MeasuredVoltage], first: int) -> Table:
    table = initialize_array(DatasetType.input, ComponentType.sym_voltage_sensor, len(voltages))
    table["id"] = range(first, first + len(voltages))
    table["measured_object"] = [_row(grid.rows.bus, one.bus) for one in voltages]
    table["u_measured"] = [one.kv * 1e3 for one in voltages]
    table["u_sigma"] = [one.sigma_kv * 1e3 for one in voltages]
    return table


def _power_table(
    grid: PowerGrid, powers: Sequence[MeasuredPower], first: int, tables: dict[ComponentType, Table]
) -> Table:
    table = initialize_array(DatasetType.input, ComponentType.sym_power_sensor, len(powers))
    table["id"] = range(first, first + len(powers))
    table["measured_object"] = [_id(grid, one, tables) for one in powers]
    table["measured_terminal_type"] = [_TERMINALS[one.terminal] for one in powers]
    table["p_measured"] = [one.kw * 1e3 for one in powers]
    table["q_measured"] = [one.kvar * 1e3 for one in powers]
    table["power_sigma"] = [one.sigma_kw * 1e3 for one in powers]
    return table


def _id(grid: PowerGrid, one: MeasuredPower, tables: dict[ComponentType, Table]) -> int:
    """The number that the solver's tables give to what is measured."""
    rows = grid.rows
    if one.terminal == "source":
        _row({grid.network.source.name: 0}, one.name)
        return int(tables[ComponentType.source]["id"][0])
    if one.terminal in ("from", "to"):
        return len(rows.bus) + _row(rows.branch, one.name)
    kind, names = (grid.kinds[0], rows.load) if one.terminal == "load" else (grid.kinds[1], rows.plant)
    row = _row(names, one.name)
    return int(tables[kind]["id"][row])


def _row(rows: Any, name: str) -> int:
    try:
        return int(rows[name])
    except KeyError:
        raise UnknownPlace(f"the network has no {name} that is measured so") from None


def _voltage_residuals(answer: Any, voltages: Sequence[MeasuredVoltage]) -> Values:
    sigma = np.array([one.sigma_kv * 1e3 for one in voltages])
    return frozen(answer[ComponentType.sym_voltage_sensor]["u_residual"] / sigma)


def _power_residuals(answer: Any, powers: Sequence[MeasuredPower]) -> Values:
    if not powers:
        return frozen(np.zeros((0, 2)))
    sigma = np.array([one.sigma_kw * 1e3 for one in powers])
    seen = answer[ComponentType.sym_power_sensor]
    return frozen(np.stack([seen["p_residual"] / sigma, seen["q_residual"] / sigma], axis=1))

"""Initial short-circuit currents by IEC 60909-0:2016, with an equivalent voltage source at the fault.

Loads, capacitors, line capacitances of the positive sequence and no-load currents are neglected. The
impedance of network transformers is corrected by K_T = 0.95 c_max / (1 + 0.6 x_T), that of the feeding
grid is Z_Q = c U^2 / S_k, and c is that of the fault's voltage (low voltage with a tolerance of 10 %).

What the standard asks besides is not in here: the temperature of conductors for the lowest current, motors,
the correction of power station units, the infeed of inverters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from power_grid_model import (
    ComponentType,
    DatasetType,
    FaultPhase,
    FaultType,
    PowerGridModel,
    ShortCircuitVoltageScaling,
    initialize_array,
)

from simulators.networks.network import Network
from simulators.physics.flows import Rows, Values, frozen
from simulators.physics.switchgear import Switchgear
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.physics.tables import Table, rows_of, tables_of

Kind = Literal["three_phase", "single_phase_to_ground", "two_phase", "two_phase_to_ground"]
Extreme = Literal["highest", "lowest"]
_PHASES: Final = {
    "three_phase": FaultPhase.abc,
    "single_phase_to_ground": FaultPhase.a,
    "two_phase": FaultPhase.bc,
    "two_phase_to_ground": FaultPhase.bc,
}
_FACTORS: Final = {"highest": (1.10, 1.10), "lowest": (0.90, 1.00)}
"""Voltage factor c at low voltage (up to 1 kV) and above. Source: IEC 60909-0:2016, table 1."""
_SOLVED_WITH: Final = 1.10
"""The factor that the solver takes for the highest current; the equations are linear in it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaultCurrents:
    """What flows in the first moment of a short circuit: symmetrical alternating currents, r.m.s."""

    rows: Rows
    fault_ka: Values
    """(3,) current into the fault by phase, kA: I''k."""
    phase_kv: Values
    """(N, 3) voltage of each phase against earth, kV."""
    branch_a: Values
    """(B, 2, 3) current of each branch at its `from` and `to` end by phase, A."""

    @property
    def initial_ka(self) -> float:
        """Current of the phase that carries most, kA."""
        return float(self.fault_ka.max())


def voltage_factor(voltage_kv: float, extreme: Extreme) -> float:
    """Return the voltage factor c of a rated voltage.

    >>> voltage_factor(20.0, "highest"), voltage_factor(0.4, "lowest")
    (1.1, 0.9)
    """
    return _FACTORS[extreme][bool(voltage_kv > 1.0)]


def short_circuit(
    network: Network,
    bus: str,
    kind: Kind = "three_phase",
    *,
    extreme: Extreme = "highest",
    switching: Switching = AS_DRAWN,
    fault_ohm: float = 0.0,
) -> FaultCurrents:
    """Return the currents of a short circuit on a bus.

    Args:
        network: whose source feeds it; batteries and plants behind inverters are left out.
        bus: that is shorted.
        kind: which phases; all but a three-phase one need zero-sequence data of every line.
        extreme: highest currents, for what equipment must bear, or lowest, for what protection must see.
        switching: open branches and tap positions.
        fault_ohm: resistance of the fault, ohm.

    Raises:
        KeyError: the network has no such bus, or not what `switching` names.
        MissingZeroSequence: a line is not known well enough for this kind.
    """
    rows = rows_of(network)
    factor = voltage_factor(network.buses[rows.bus[bus]].voltage_kv, extreme)
    tables = _tables(network, rows, extreme, by_phase=kind != "three_phase")
    fault = initialize_array(DatasetType.input, ComponentType.fault, 1)
    fault["id"] = 1 + max(int(table["id"].max()) for table in tables.values())
    fault["status"], fault["fault_object"] = 1, rows.bus[bus]
    fault["fault_type"], fault["fault_phase"] = FaultType[kind], _PHASES[kind]
    fault["r_f"], fault["x_f"] = fault_ohm, 0.0
    model = PowerGridModel({**tables, ComponentType.fault: fault})
    model.update(update_data=Switchgear(network, rows, tables).updates(switching))
    answer = model.calculate_short_circuit(short_circuit_voltage_scaling=ShortCircuitVoltageScaling.maximum)
    kinds = (ComponentType.transformer, ComponentType.line, ComponentType.link)
    parts = [answer[kind] for kind in kinds if kind in answer]
    ends = [np.stack([part["i_from"], part["i_to"]], axis=1) for part in parts]
    scale = factor / _SOLVED_WITH
    return FaultCurrents(
        rows=rows,
        fault_ka=frozen(answer[ComponentType.fault]["i_f"][0] * scale * 1e-3),
        phase_kv=frozen(answer[ComponentType.node]["u"] * scale * 1e-3),
        branch_a=frozen(np.concatenate(ends) * scale if ends else np.zeros((0, 2, 3))),
    )


def _tables(network: Network, rows: Rows, extreme: Extreme, *, by_phase: bool) -> dict[ComponentType, Table]:
    """The network as the standard looks at it: impedances that carry current, and nothing else."""
    tables = tables_of(network, rows, by_phase=by_phase)
    appliances = ("sym_load", "asym_load", "sym_gen", "asym_gen")
    for kind in (*(ComponentType[name] for name in appliances), ComponentType.shunt):
        tables.pop(kind, None)
    source_kv = network.buses[rows.bus[network.source.bus]].voltage_kv
    tables[ComponentType.source]["sk"] /= voltage_factor(source_kv, extreme)
    if ComponentType.line in tables:
        tables[ComponentType.line]["c1"] = 0.0
    if ComponentType.transformer in tables:
        units = tables[ComponentType.transformer]
        units["i0"], units["p0"] = 0.0, 0.0
        corrections = [_correction(uk, pk / sn, u2) for uk, pk, sn, u2 in _plates(units)]
        units["uk"] *= corrections
        units["pk"] *= corrections
    return tables


def _plates(units: Table) -> list[tuple[float, float, float, float]]:
    return list(zip(units["uk"], units["pk"], units["sn"], units["u2"], strict=True))


def _correction(impedance_pu: float, resistance_pu: float, low_volts: float) -> float:
    """Return K_T of a network transformer. Source: IEC 60909-0:2016, equation (12a)."""
    reactance_pu = (impedance_pu**2 - resistance_pu**2) ** 0.5
    return float(0.95 * voltage_factor(low_volts * 1e-3, "highest") / (1.0 + 0.6 * reactance_pu))

"""What the controllers of tap changers and capacitor banks feel of the world.

Positions are those with which the grid was solved: where a changer stands, not where its regulator wants it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulators.networks.network import Capacitor, Network, Transformer
from simulators.physics.flows import Flows
from simulators.physics.switching import Switching
from simulators.physics.tap_changers import end_of, regulated_kv

Stand = Callable[[Flows, Switching], dict[str, float]]
"""Where something stands and what it measures, by quantity: kV, kvar, s; NaN without a solution."""
_CODES = {0: 0.0, 1: 1.0, -1: 2.0}
"""Codes of `tap_end_state`, by the direction in which no position is left."""


def tap_changer(unit: Transformer) -> Stand:
    """Return how the tap changer of a transformer is felt: what its regulator measures and was set to."""
    regulator = unit.regulator

    def stand(flows: Flows, switching: Switching) -> dict[str, float]:
        position = switching.taps.get(unit.name, unit.tap_position)
        felt = {"tap_position": float(position), "regulator_state": float(regulator is not None)}
        if regulator is None:
            return felt
        return felt | {
            "regulated_voltage": regulated_kv(unit, regulator, flows),
            "voltage_target": regulator.target_kv,
            "voltage_bandwidth": regulator.band_kv,
            "regulator_delay": regulator.delay_s,
            "tap_end_state": _CODES[end_of(unit, regulator, position)],
        }

    return stand


def capacitor(unit: Capacitor, network: Network) -> Stand:
    """Return how a bank is felt: its steps, and what those feed in that still have their fuses."""
    rated_kv = next(bus.voltage_kv for bus in network.buses if bus.name == unit.bus)

    def stand(flows: Flows, switching: Switching) -> dict[str, float]:
        feeding = switching.feeding(unit.name, unit.steps_in)
        return {
            "capacitor_steps": float(switching.steps.get(unit.name, unit.steps_in)),
            "reactive_power": feeding * unit.step_kvar * _squared_pu(unit, rated_kv, flows),
            "voltage": flows.kv(unit.bus),
            "control_state": float(unit.control is not None),
        }

    return stand


def _squared_pu(unit: Capacitor, rated_kv: float, flows: Flows) -> float:
    """Return the square of the voltage across a bank, per unit: the mean of its phases, to earth."""
    if flows.phase_kv is None:
        return (flows.kv(unit.bus) / rated_kv) ** 2
    columns = ["abc".index(phase) for phase in unit.phases]
    phases = flows.phase_kv[flows.rows.bus[unit.bus], columns]
    return float(3.0 * np.mean(phases**2)) / rated_kv**2

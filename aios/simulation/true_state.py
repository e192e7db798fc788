"""The truth of a moment: the world as it is, without meters and wires between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulators.couplings.felt import Scene
from simulators.faults.fault import Fault
from simulators.networks.network import Network
from simulators.physics.flows import Flows, Values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueState:
    """What is really the case. Numbers of a grid that has no solution are not there: None, or no entry."""

    now_ns: int
    """Nanoseconds since 1970 UTC."""
    network: Network
    scene: Scene
    """All of it, as the world has it."""
    faults: tuple[Fault, ...]
    """Those that act at this moment."""

    @property
    def flows(self) -> Flows:
        """The power flow, as arrays."""
        return self.scene.flows

    @property
    def converged(self) -> bool:
        """Whether the grid has a solution."""
        return self.flows.converged

    @property
    def import_kw(self) -> float | None:
        """Active power from the high-voltage grid, import positive."""
        return self.flows.import_kw if self.converged else None

    @property
    def loss_kw(self) -> float | None:
        """Active power lost in the network."""
        return self.flows.loss_kw if self.converged else None

    @property
    def voltage_pu(self) -> dict[str, float]:
        """Voltage of each bus over its nominal one; 0 at a bus without supply."""
        nominal_kv = np.array([bus.voltage_kv for bus in self.network.buses])
        return self._by_name(self.flows.rows.bus, self.flows.bus_kv / nominal_kv)

    @property
    def loading_pu(self) -> dict[str, float]:
        """Highest current of each branch over its rating; 0 where it has none."""
        return self._by_name(self.flows.rows.branch, self.flows.loading_pu)

    @property
    def load_kw(self) -> dict[str, float]:
        """What each load is served."""
        return self._by_name(self.flows.rows.load, self.flows.load_kw)

    @property
    def plant_kw(self) -> dict[str, float]:
        """What each generator and battery delivers; a battery that charges takes, which is negative."""
        return self._by_name(self.flows.rows.plant, self.flows.plant_kw)

    @property
    def hot_spot_c(self) -> dict[str, float]:
        """Hot spot of each transformer, degC."""
        return {name: seen.hot_spot_c for name, seen in self.scene.transformers.items()}

    @property
    def ambient_c(self) -> float:
        """Air temperature, degC."""
        return self.scene.ambient_c

    def _by_name(self, rows: Mapping[str, int], values: Values) -> dict[str, float]:
        return {name: float(values[row]) for name, row in rows.items()} if self.converged else {}

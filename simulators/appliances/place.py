"""Where an appliance touches the grid: its row among loads or plants, and whether its bus has voltage."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.physics.flows import Flows, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The row of one fleet among the loads or the plants of a network."""

    name: str
    """Of the fleet; its load or plant has the same name."""
    row: int
    bus_row: int
    tan: float = 0.0
    """Reactive to active power."""

    def supplied(self, flows: Flows) -> bool:
        """Tell whether the bus has voltage; where the grid has no solution nobody says that it has none."""
        return not flows.bus_kv[self.bus_row] <= 0.0


def load_spot(rows: Rows, name: str, bus: str, power_factor: float) -> Spot:
    """Return the spot of a load."""
    tan = (1.0 - power_factor**2) ** 0.5 / power_factor
    return Spot(name=name, row=rows.load[name], bus_row=rows.bus[bus], tan=tan)


def plant_spot(rows: Rows, name: str, bus: str) -> Spot:
    """Return the spot of a plant."""
    return Spot(name=name, row=rows.plant[name], bus_row=rows.bus[bus])

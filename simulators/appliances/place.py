"""Where an appliance touches the grid: its row among loads or plants, and how much of it has supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.part import Stretch
from simulators.physics.flows import Rows

ALL: Final = 1.0
"""Everything of it has supply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The row of one fleet among the loads or the plants of a network."""

    name: str
    """Of the fleet; its load or plant has the same name."""
    row: int
    bus_row: int
    tan: float = 0.0
    """Reactive to active power."""

    def supply(self, stretch: Stretch) -> float:
        """Return the share of the fleet that is joined to the grid through a stretch, 0 to 1.

        A bus or a phase without voltage supplies nobody, nor does an open conductor; what has tripped gives
        nothing, and a load may draw less than it wants. Each unit gets the same share of its power: what the
        fleet gets in all is what the grid serves. Where the grid has no solution nobody says that there is no
        voltage.
        """
        flows = stretch.flows
        if flows.phase_kv is None:
            dark = float(flows.bus_kv[self.bus_row] <= 0.0)
        else:
            phases = flows.phase_kv[self.bus_row]
            dark = float((phases <= 0.0).sum() / max(1, np.isfinite(phases).sum()))
        kept = max(stretch.lost.get(self.name, 0.0), stretch.tripped.get(self.name, 0.0))
        drawn = 1.0 - stretch.missing.get(self.name, 0.0)
        return (1.0 - dark) * (1.0 - kept) * drawn


def load_spot(rows: Rows, name: str, bus: str, power_factor: float) -> Spot:
    """Return the spot of a load."""
    tan = (1.0 - power_factor**2) ** 0.5 / power_factor
    return Spot(name=name, row=rows.load[name], bus_row=rows.bus[bus], tan=tan)


def plant_spot(rows: Rows, name: str, bus: str) -> Spot:
    """Return the spot of a plant."""
    return Spot(name=name, row=rows.plant[name], bus_row=rows.bus[bus])

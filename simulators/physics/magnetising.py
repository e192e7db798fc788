"""A transformer whose magnetising branch stands in the middle (T) as the one that solvers know (pi), exactly.

Two star impedances z/2 on either side of a shunt y are, between the outer terminals, a series impedance
z (1 + z y / 4) with a shunt (y / 2) / (1 + z y / 4) at each end: the star-delta transformation. Reckoned in
per unit of the transformer's own rating. Source: A. E. Kennelly, The equivalence of triangles and
three-pointed stars in conducting networks, Electrical World and Engineer 34 (1899).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simulators.networks.network import Transformer


class Plate(NamedTuple):
    """What a solver's pi model is told."""

    short_circuit_pu: float
    copper_loss_kw: float
    no_load_current_pu: float
    iron_loss_kw: float


def pi_plate(unit: Transformer) -> Plate:
    """Return what the pi model of a solver must be told so that it answers as the transformer does.

    One that is magnetised at one end alone is no pi: who asks must know where the branch stands.
    """
    if unit.magnetising != "middle":
        return Plate(unit.short_circuit_pu, unit.copper_loss_kw, unit.no_load_current_pu, unit.iron_loss_kw)
    resistance, conductance = unit.copper_loss_kw / unit.rated_kva, unit.iron_loss_kw / unit.rated_kva
    series = complex(resistance, _other(unit.short_circuit_pu, resistance))
    shunt = complex(conductance, -_other(unit.no_load_current_pu, conductance))
    bent = 1.0 + series * shunt / 4.0
    series, shunt = series * bent, shunt / bent
    return Plate(abs(series), series.real * unit.rated_kva, abs(shunt), shunt.real * unit.rated_kva)


def _other(whole: float, part: float) -> float:
    """Return the other leg of a right triangle; none where the first is as long as the whole."""
    return math.sqrt(max(0.0, whole**2 - part**2))

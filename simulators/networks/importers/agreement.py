"""How far our solution of an imported network is from that of its origin: the largest dV.

Both programs solve the same moments with the same powers. A bus that has no supply in one of them and has one
in the other differs by its whole voltage; a moment that one of them cannot solve has no agreement at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.networks.network import Bus
from simulators.physics.flows import Values

TOLERANCE_PU: Final = 1e-5
"""An import that differs more is refused unless whoever imports says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What came of comparing two solutions of one network."""

    max_dv_pu: float
    """Largest difference of a voltage over all buses and moments, per unit of the bus; NaN where one of the
    two has no solution."""
    bus: str
    """Where it is."""
    moment: str
    """When it is."""
    moments: int
    """How many were compared."""
    buses: int
    unsolved: tuple[str, ...] = ()
    """Moments that one of the two could not solve, and which."""

    def within(self, tolerance_pu: float = TOLERANCE_PU) -> bool:
        """Return whether they agree; NaN agrees with nothing."""
        return self.max_dv_pu <= tolerance_pu

    def __str__(self) -> str:
        if self.unsolved:
            return f"no agreement: {'; '.join(self.unsolved)}"
        where = f" at {self.bus}, {self.moment}" if self.bus else ""
        return f"max dV {self.max_dv_pu:.2e} pu{where} ({self.buses} buses, {self.moments} moments)"


class Disagrees(ValueError):
    """The imported network does not give the voltages of its origin."""

    def __init__(self, agreement: Agreement, tolerance_pu: float) -> None:
        self.agreement = agreement
        super().__init__(f"{agreement}; allowed is {tolerance_pu:g} pu")


def compare(
    buses: Sequence[Bus],
    ours: Mapping[str, Values],
    theirs: Mapping[str, Values],
    *,
    unsolved: Sequence[str] = (),
) -> Agreement:
    """Compare two sets of voltages.

    Args:
        buses: N of them, to which they belong.
        ours: (N,) kV by moment.
        theirs: (N,) kV by moment; NaN or 0 at a bus without supply, NaN in all where it was not solved.
        unsolved: moments that one of the two could not solve, and which.

    Returns:
        The agreement; `max_dv_pu` is NaN where a moment was not solved.
    """
    rated = np.array([bus.voltage_kv for bus in buses])
    worst, bus, moment = 0.0, "", ""
    for name, kv in ours.items():
        apart = np.abs(np.nan_to_num(kv) - np.nan_to_num(theirs[name])) / rated
        row = int(apart.argmax()) if len(apart) else 0
        if len(apart) and apart[row] >= worst:
            worst, bus, moment = float(apart[row]), buses[row].name, name
    return Agreement(
        max_dv_pu=math.nan if unsolved else worst,
        bus=bus,
        moment=moment,
        moments=len(ours),
        buses=len(buses),
        unsolved=tuple(unsolved),
    )

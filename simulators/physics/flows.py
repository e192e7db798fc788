"""What a power-flow solution says: voltages, flows at both ends of a branch, losses, and if it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class BranchFlow(NamedTuple):
    """The flow through one branch; power that enters the branch is positive."""

    from_kw: float
    from_kvar: float
    from_a: float
    to_kw: float
    to_kvar: float
    to_a: float

    @property
    def loss_kw(self) -> float:
        """Active power that stays in the branch, kW.

        >>> BranchFlow(100.0, 0.0, 3.0, -98.0, 0.0, 3.0).loss_kw
        2.0
        """
        return self.from_kw + self.to_kw


class Injections(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What loads and plants do, in the order of the network file; at one moment, or through T steps.

    Plants are the generators, then the batteries. Consumption is positive at a load, injection at a plant.
    """

    load_kw: Values
    """(L,) or (T, L)"""
    load_kvar: Values
    """(L,) or (T, L)"""
    plant_kw: Values
    """(G,) or (T, G)"""
    plant_kvar: Values
    """(G,) or (T, G)"""

    def differs_by(self, other: Injections) -> float:
        """Return the largest difference of one power, kW or kvar."""
        return max(
            float(abs(self.load_kw - other.load_kw).max(initial=0.0)),
            float(abs(self.load_kvar - other.load_kvar).max(initial=0.0)),
            float(abs(self.plant_kw - other.plant_kw).max(initial=0.0)),
            float(abs(self.plant_kvar - other.plant_kvar).max(initial=0.0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Row of each thing by name in the arrays of `Flows`."""

    bus: Mapping[str, int]
    branch: Mapping[str, int]
    load: Mapping[str, int]
    plant: Mapping[str, int]
    rated_a: Values = field(default_factory=lambda: np.zeros((0, 2)), compare=False)
    """(B, 2) rated current of each branch at its ends, A; infinite where it has none."""


class Flows(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One solution of the network, frozen.

    Invariant: where `converged` is False every number is NaN, so that nobody can take it for a result.
    """

    converged: bool
    failure: str
    """Why there is no solution; empty where there is one."""
    rows: Rows
    bus_kv: Values
    """(N,) line-to-line voltage, kV; 0 at a bus without supply; the mean of its phases where they differ."""
    branch: Values
    """(B, 6) columns as in `BranchFlow`; the current is that of the phase that carries most."""
    load_kw: Values
    """(L,) served; 0 at a bus without supply."""
    plant_kw: Values
    """(G,) delivered; 0 at a bus without supply."""
    import_kw: float
    """Active power from the high-voltage grid, import positive."""
    import_kvar: float
    loss_kw: float
    """Sum over branches and capacitors, iron losses included."""
    phase_kv: Values | None = None
    """(N, 3) voltage of each phase against earth, kV; NaN where a bus lacks the phase; None where the power
    flow is balanced."""
    phase_a: Values | None = None
    """(B, 2, 3) current of each phase at the `from` and the `to` end, A; None where it is balanced."""

    @property
    def loading_pu(self) -> Values:
        """(B,) highest current of both ends over the rated one; 0 where a branch has no rating."""
        return loading_of(self.branch[:, [2, 5]], self.rows.rated_a)

    def flow(self, branch: str) -> BranchFlow:
        """Return the flow through one branch."""
        return BranchFlow._make(self.branch[self.rows.branch[branch]].tolist())

    def kv(self, bus: str) -> float:
        """Return the voltage of one bus, kV."""
        return float(self.bus_kv[self.rows.bus[bus]])

    def plant(self, name: str) -> float:
        """Return what one plant delivers, kW."""
        return float(self.plant_kw[self.rows.plant[name]])


def diverged(rows: Rows, failure: str) -> Flows:
    """Return the flows of a network that could not be solved: a flag and no numbers."""

    def hole(*shape: int) -> Values:
        return frozen(np.full(shape, np.nan))

    return Flows(
        converged=False,
        failure=failure,
        rows=rows,
        bus_kv=hole(len(rows.bus)),
        branch=hole(len(rows.branch), 6),
        load_kw=hole(len(rows.load)),
        plant_kw=hole(len(rows.plant)),
        import_kw=float("nan"),
        import_kvar=float("nan"),
        loss_kw=float("nan"),
    )


def frozen(array: Values) -> Values:
    """Make an array read-only and return it."""
    array.flags.writeable = False
    return array


def loading_of(ends_a: Values, rated_a: Values) -> Values:
    """Return the loading of branches: the higher of both ends over the rated current there.

    Args:
        ends_a: (..., B, 2) currents at the `from` and the `to` end, A.
        rated_a: (B, 2) rated currents, A; infinite where there is no rating.

    >>> loading_of(np.array([[50.0, 60.0]]), np.array([[100.0, 80.0]]))
    array([0.75])
    """
    share = ends_a / rated_a
    return frozen(np.maximum(share[..., 0], share[..., 1]))  # far quicker than `max` over an axis of two

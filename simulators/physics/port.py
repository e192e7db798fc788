"""The role of a solver: a network and what is wanted of it go in, flows or a flag come out."""

from __future__ import annotations

from typing import Protocol

from simulators.networks.network import Network
from simulators.physics.flows import Flows, Injections, Rows
from simulators.physics.switching import AS_DRAWN, Switching


class Solver(Protocol):
    """Solves one network many times; a step that has no solution says so and carries no numbers."""

    @property
    def network(self) -> Network:
        """What it was built for."""
        ...

    @property
    def rows(self) -> Rows:
        """Row of each thing in the arrays of injections and flows."""
        ...

    def solve(self, injections: Injections, switching: Switching = AS_DRAWN) -> Flows:
        """Solve one moment.

        Args:
            injections: powers of all loads and plants.
            switching: open branches and tap positions.

        Returns:
            The flows; `converged` is False where there is no solution, and then all numbers are NaN.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        ...

"""Currents of all branches from node voltages: each element's own admittances times what lies at it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulators.physics.flows import Values

Complex = NDArray[np.complex128]
_PHASES: Final = 3


class Wires:
    """The admittance matrices of all elements that belong to a branch, by size."""

    def __init__(self, circuit: Any, elements: list[tuple[str, int]], branches: int) -> None:
        """Find the nodes of each element.

        Args:
            circuit: of OpenDSS, solved once, so that its nodes are numbered.
            elements: name and row of the branch.
            branches: how many.
        """
        self._circuit, self._branches = circuit, branches
        self._groups: dict[int, list[tuple[str, list[int], list[int]]]] = {}
        for name, row in elements:
            circuit.SetActiveElement(name)
            element = circuit.ActiveCktElement
            nodes, numbers = [int(n) for n in element.NodeRef], [int(n) for n in element.NodeOrder]
            half = len(nodes) // 2
            places = [self._place(row, number, far=at >= half) for at, number in enumerate(numbers)]
            self._groups.setdefault(len(nodes), []).append((name, nodes, places))
        self._stacks = [
            (np.array([nodes for _, nodes, _ in group]), np.array([places for _, _, places in group]).ravel())
            for group in self._groups.values()
        ]
        self._matrices: list[Complex] = []

    def _place(self, row: int, number: int, *, far: bool) -> int:
        """Where the current of a conductor is counted: its branch, end and phase; earth is the last place."""
        if 1 <= number <= _PHASES:
            return (2 * row + far) * _PHASES + number - 1
        return 2 * self._branches * _PHASES

    def read(self) -> None:
        """Take the admittances as the circuit was solved last: after something was switched."""
        self._matrices = [
            np.array([self._admittance(name, size) for name, _, _ in group])
            for size, group in self._groups.items()
        ]

    def _admittance(self, name: str, size: int) -> Complex:
        self._circuit.SetActiveElement(name)
        told: Values = np.array(self._circuit.ActiveCktElement.Yprim, dtype=float)
        # Column by column, real and imaginary parts in turn; symmetric but for the phase shift that none has.
        return told.view(np.complex128).reshape(size, size).T

    def currents(self, volts: Complex) -> Complex:
        """Return (B, 2, 3) currents that enter each branch at its ends, A.

        Args:
            volts: of earth, then of all nodes as the circuit numbers them, V.
        """
        amps = np.zeros(2 * self._branches * _PHASES + 1, dtype=np.complex128)
        for (nodes, places), matrices in zip(self._stacks, self._matrices, strict=True):
            entering = np.einsum("eij,ej->ei", matrices, volts[nodes])
            np.add.at(amps, places, entering.ravel())
        return amps[:-1].reshape(self._branches, 2, _PHASES)

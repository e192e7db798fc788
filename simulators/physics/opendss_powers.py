"""What every piece of a circuit is told to take, and what it takes at the voltage that came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.networks.network import Network
from simulators.physics.flows import Injections, Values
from simulators.physics.opendss_lines import PHASES
from simulators.physics.opendss_pieces import EXPONENT, Kind, Piece
from simulators.physics.opendss_switchgear import Standing
from simulators.physics.opendss_transformers import Node

Complex = NDArray[np.complex128]


class Powers:
    """All pieces of one circuit as arrays; P of them."""

    def __init__(self, network: Network, pieces: list[Piece], node: Mapping[Node, int]) -> None:
        """Find the node of each piece.

        Args:
            network: whose pieces they are.
            pieces: in the order in which the circuit knows them.
            node: number of each node of the circuit, earth 0.
        """
        self._pieces = pieces
        self._row = np.array([piece.row for piece in pieces], dtype=int)
        self._share = np.array([piece.share for piece in pieces])
        self._linear = np.array([piece.law == "impedance" for piece in pieces], dtype=bool)
        self._exponent = np.array([EXPONENT[piece.law] for piece in pieces])
        self._kv = np.array([piece.kv for piece in pieces])
        self._nodes = np.array([[node[end] for end in piece.nodes] for piece in pieces], dtype=int)
        self._nodes = self._nodes.reshape(-1, 2)
        kinds = np.array([piece.kind for piece in pieces])
        self._of = {kind: np.flatnonzero(kinds == kind) for kind in ("load", "plant", "capacitor", "shunt")}
        self._bank = np.array([complex(one.step_loss_kw, -one.step_kvar) for one in network.capacitors])
        self._shunt = np.array([complex(one.kw, one.kvar) for one in pieces])
        self._told = np.zeros(len(pieces), dtype=complex)
        shunts = self._of["shunt"]
        self._end = np.array([piece.end for piece in pieces], dtype=int)[shunts]
        self._weight = np.array([piece.weight for piece in pieces])[shunts]
        self._places = np.array(
            [[_place(piece, node) for node in piece.nodes] for piece in (pieces[at] for at in shunts)],
            dtype=int,
        ).reshape(-1, 2)

    def stand(self, standing: Standing) -> None:
        """Take how the circuit stands: what has no supply wants nothing, and shunts follow their ends."""
        self._alive = np.array(
            [all(_alive(node, standing) for node in piece.nodes) for piece in self._pieces], dtype=bool
        )
        fixed = np.zeros(len(self._pieces), dtype=complex)
        of = self._of
        fixed[of["capacitor"]] = (self._bank * standing.steps)[self._row[of["capacitor"]]]
        fixed *= self._share
        fixed[of["shunt"]] = self._shunt[of["shunt"]] * self._factors(standing)
        self._fixed = fixed

    def wanted(self, injections: Injections) -> Complex:
        """Return (P,) kW + j kvar at rated voltage; 0 where there is no supply."""
        wanted = self._fixed.copy()
        loads, plants = self._of["load"], self._of["plant"]
        load = injections.load_kw + 1j * injections.load_kvar
        plant = injections.plant_kw + 1j * injections.plant_kvar
        wanted[loads] = load[self._row[loads]] * self._share[loads]
        wanted[plants] = -plant[self._row[plants]] * self._share[plants]
        return np.asarray(np.where(self._alive, wanted, 0.0))

    def _factors(self, standing: Standing) -> Values:
        """What is left of the shunts: at an open end nothing, the other end has all; taps move their kV."""
        at = self._of["shunt"]
        row = self._row[at]
        here, there = standing.closed[row, self._end], standing.closed[row, 1 - self._end]
        factors = np.where(here, np.where(there, self._weight, 1.0), 0.0)
        for place, (branch, end) in enumerate(zip(row.tolist(), self._end.tolist(), strict=True)):
            if branch in standing.kv:
                rated = standing.rated[branch]
                factors[place] *= (rated[end] / standing.kv[branch][end]) ** 2
        return factors

    def tell_impedances(self, dss: Any, wanted: Complex, *, anew: bool) -> bool:
        """Tell the circuit the impedances that changed, every other power 0; return whether it was told.

        Whenever OpenDSS makes its admittance matrix it puts the powers of that moment into it, as a start: a
        solution would depend, in its last digits and in whether it is found, on what was solved before.

        Args:
            dss: with the circuit.
            wanted: (P,) kW + j kvar at rated voltage.
            anew: whether the matrix is made anew for another reason.
        """
        impedances = np.flatnonzero(self._linear & (wanted != self._told))
        if not (anew or len(impedances)):
            return False
        self.tell(dss, np.where(self._linear, self._told, 0.0))
        for at in impedances.tolist():
            kilo = complex(wanted[at])
            dss.Text.Command = f"edit load.p{at} kw={kilo.real!r} kvar={kilo.imag!r}"
        self._told = np.where(self._linear, wanted, 0.0)
        return True

    def tell(self, dss: Any, wanted: Complex) -> None:
        """Tell the circuit the powers that changed, which leaves its admittance matrix alone."""
        loads = dss.ActiveCircuit.Loads
        changed = np.flatnonzero(wanted != self._told)
        for at, kilo in zip(changed.tolist(), wanted[changed].tolist(), strict=True):
            loads.idx = at + 1
            loads.kW = kilo.real
            loads.kvar = kilo.imag
        self._told = wanted

    def taken(self, wanted: Complex, volts: Complex) -> Complex:
        """Return (P,) kW + j kvar at these voltages."""
        across = np.abs(volts[self._nodes[:, 0]] - volts[self._nodes[:, 1]])
        return np.asarray(wanted * (across * 1e-3 / self._kv) ** self._exponent)

    def sums(self, kind: Kind, taken: Complex, count: int) -> Complex:
        """Return (count,) sums over the pieces of each load, plant or capacitor."""
        at = self._of[kind]
        found = np.zeros(count, dtype=complex)
        np.add.at(found, self._row[at], taken[at])
        return found

    def shunt_currents(self, taken: Complex, volts: Complex, branches: int) -> Complex:
        """Return (B, 2, 3) currents that shunts take at the ends of their branches, A."""
        at = self._of["shunt"]
        across = volts[self._nodes[at, 0]] - volts[self._nodes[at, 1]]
        amps = np.zeros(2 * branches * len(PHASES) + 1, dtype=complex)
        with np.errstate(divide="ignore", invalid="ignore"):
            through = np.where(across == 0.0, 0.0, np.conj(taken[at] * 1e3 / across))
        np.add.at(amps, self._places[:, 0], through)
        np.add.at(amps, self._places[:, 1], -through)
        return amps[:-1].reshape(branches, 2, len(PHASES))


def _place(piece: Piece, node: Node) -> int:
    if 1 <= node[1] <= len(PHASES):
        return (2 * piece.row + piece.end) * len(PHASES) + node[1] - 1
    return -1


def _alive(node: Node, standing: Standing) -> bool:
    bus, number = node
    return not 1 <= number <= len(PHASES) or bool(standing.live[bus, number - 1])

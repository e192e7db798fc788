"""The electric grid of the simulated world, solved by OpenDSS: what differs from phase to phase belongs here.

The circuit is built once; a solve tells it what changed and starts from no load, so that a solution does not
depend on what was solved before. A solve that fails is a flag in `Flows`, never the last good result again.
OpenDSS regulates nothing here: taps and capacitor steps are told to it, as they are to the other solver.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.networks.network import Network
from simulators.physics.flows import Flows, Injections, Values, diverged, frozen
from simulators.physics.opendss_circuit import built
from simulators.physics.opendss_extra import failure
from simulators.physics.opendss_powers import Powers
from simulators.physics.opendss_switchgear import OpenDssSwitchgear, Standing
from simulators.physics.opendss_wires import Wires
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.physics.tables import rows_of

Complex = NDArray[np.complex128]
TOLERANCE: Final = 1e-10
"""Per unit of voltage between one iteration and the next; the method gains a constant factor in each, so that
what is left is some times this."""
ITERATIONS: Final = 500
CLOSES: Final = 1e-5
"""A solution in which more than this share of what is moved goes in at a bus and does not come out is none:
a voltage of zero would satisfy the iteration too."""
_SNAPSHOT: Final = 0
_DIRECT: Final = 7
"""Everything as admittances: one linear solution."""
_SQRT3: Final = 3.0**0.5


class OpenDss:
    """A network that can be solved many times, by phase."""

    def __init__(self, network: Network, *, linear: bool = False) -> None:
        """Build the circuit; nothing of it is rebuilt later.

        Args:
            network: as `simulators.networks.network` reads it.
            linear: take every load and plant as the impedance that has its power at rated voltage, so that
                there is always a solution.

        Raises:
            NoOpenDss: the extra `opendss` is missing.
            MissingZeroSequence: the network has phases, and lines of unknown zero-sequence impedance.
            CannotWire: a transformer has a winding that is not known here.
        """
        self.network = network
        self.rows = rows_of(network)
        self.symmetric = not network.asymmetric
        self._mode = _DIRECT if linear else _SNAPSHOT
        circuit = built(network, self.rows, linear=linear)
        self._dss, self._circuit, self._failure = circuit.dss, circuit.dss.ActiveCircuit, failure()
        self._dss.Text.Command = f"set tolerance={TOLERANCE} maxiterations={ITERATIONS}"
        self._solution = self._circuit.Solution
        self._solution.Solve()
        node = circuit.nodes()
        self._powers = Powers(network, circuit.pieces, node)
        self._wires = Wires(self._circuit, circuit.elements, len(self.rows.branch))
        self._switchgear = OpenDssSwitchgear(network, self.rows, self._circuit, circuit.units)
        self._at = np.array([[node.get((bus, n), -1) for n in (1, 2, 3)] for bus in self.rows.bus.values()])
        self._ends = np.array(
            [[self.rows.bus[one.from_bus], self.rows.bus[one.to_bus]] for one in network.branches], dtype=int
        ).reshape(-1, 2)
        source = network.source.bus
        self._source_ends = self._ends == self.rows.bus[source]
        self._at_source = [
            np.array([one.bus == source for one in things], dtype=bool)
            for things in (network.loads, network.plants, network.capacitors)
        ]
        self._standing: Standing | None = None
        self._switching = AS_DRAWN

    def solve(self, injections: Injections, switching: Switching = AS_DRAWN) -> Flows:
        """Solve the network by fixed-point iteration on the currents of its loads.

        Args:
            injections: finite powers of all loads and plants; one that is not gives a diverged result.
            switching: open branches, tap positions and capacitor steps.

        Returns:
            The flows; `converged` is False where no solution was found, and then all numbers are NaN.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        parts = (injections.load_kw, injections.load_kvar, injections.plant_kw, injections.plant_kvar)
        if not np.isfinite(sum(float(part.sum()) for part in parts)):
            return diverged(self.rows, "an injection is not a finite number")
        if self._standing is None or switching != self._switching:
            self._standing, self._switching = self._switchgear.switch(self._dss, switching), switching
            self._powers.stand(self._standing)
            self._stale = True
        wanted = self._powers.wanted(injections)
        why = ""
        if self._powers.tell_impedances(self._dss, wanted, anew=self._stale):
            why = self._iterate()
        self._powers.tell(self._dss, wanted)
        why = why or self._iterate()
        if why:
            return diverged(self.rows, why)
        if self._stale:
            self._wires.read()
            self._stale = False
        return self._flows(wanted, self._standing)

    _stale = True

    def _iterate(self) -> str:
        """Solve from no load; return why there is no solution, empty where there is one."""
        self._solution.Mode = self._mode  # set anew, it forgets the voltages of the last solution
        try:
            self._solution.Solve()
        except self._failure as failed:
            return " ".join(str(failed).split())
        if not self._solution.Converged:
            return f"no convergence in {ITERATIONS} iterations"
        return ""

    def _volts(self) -> Complex:
        """Earth, then every node, V."""
        told: Values = np.array(self._circuit.YNodeVarray, dtype=float)
        return np.concatenate([[0.0], told.view(np.complex128)])

    def _flows(self, wanted: Complex, standing: Standing) -> Flows:
        volts, count = self._volts(), len(self.rows.branch)
        taken = self._powers.taken(wanted, volts)
        there = self._at >= 0
        phase = np.where(there & standing.live, volts[self._at], 0.0)
        amps = self._wires.currents(volts) + self._powers.shunt_currents(taken, volts, count)
        amps[~(standing.closed & standing.live[self._ends].any(axis=-1))] = 0.0
        entering = (phase[self._ends] * amps.conj()).sum(axis=-1) * 1e-3
        branch = np.empty((count, 6))
        for end in (0, 1):
            branch[:, 3 * end] = entering[:, end].real
            branch[:, 3 * end + 1] = entering[:, end].imag
            branch[:, 3 * end + 2] = np.abs(amps[:, end]).max(axis=-1)
        load = self._powers.sums("load", taken, len(self.rows.load))
        plant = -self._powers.sums("plant", taken, len(self.rows.plant))
        shunt = self._powers.sums("capacitor", taken, len(self.network.capacitors))
        lost = float(entering.real.sum() + shunt.real.sum())
        came = entering[self._source_ends].sum() + sum(
            sign * part[at].sum()
            for sign, part, at in zip((1.0, -1.0, 1.0), (load, plant, shunt), self._at_source, strict=True)
        )
        apart = abs(came.real + plant.real.sum() - load.real.sum() - lost)
        moved = abs(came.real) + np.abs(plant.real).sum() + np.abs(load.real).sum()
        if not apart <= CLOSES * max(moved, 100.0):
            return diverged(self.rows, f"what was found loses {apart:.3g} kW on the way")
        kv = np.where(there, np.abs(phase), np.nan) * 1e-3
        return Flows(
            converged=True,
            failure="",
            rows=self.rows,
            bus_kv=frozen(np.nanmean(kv, axis=-1) * _SQRT3),
            branch=frozen(branch),
            load_kw=frozen(load.real.copy()),
            plant_kw=frozen(plant.real.copy()),
            import_kw=float(came.real),
            import_kvar=float(came.imag),
            loss_kw=lost,
            phase_kv=None if self.symmetric else frozen(kv),
            phase_a=None if self.symmetric else frozen(np.abs(amps)),
        )

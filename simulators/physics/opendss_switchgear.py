"""From what is switched to the terminals, taps and dead islands of an OpenDSS circuit.

What has no way to the source is opened at both ends: an island without anything that holds its voltage has no
solution of its own, and is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulators.networks.network import Coupler, Line, Network
from simulators.physics.ends import check_names, ends_of
from simulators.physics.flows import Rows, Values
from simulators.physics.opendss_lines import PHASES
from simulators.physics.opendss_transformers import Leg, Unit
from simulators.physics.supplied import Flags, supplied
from simulators.physics.switching import Switching


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a circuit stands."""

    closed: Flags
    """(B, 2) ends of branches that are closed, as switched."""
    live: Flags
    """(N, 3) phases of buses that have supply."""
    kv: dict[int, tuple[float, float]]
    """Voltages of the windings at their tap, by row of the transformer, kV."""
    rated: dict[int, tuple[float, float]]
    """The same at their rated position, kV."""
    steps: Values
    """(K,) steps of each capacitor that feed in."""


class OpenDssSwitchgear:
    """All switches, tap changers and capacitor steps of one circuit."""

    def __init__(
        self, network: Network, rows: Rows, circuit: Any, units: list[tuple[Unit, list[Leg]]]
    ) -> None:
        """Take a circuit in which everything is closed and stands as the network file has it."""
        self._network, self._rows, self._circuit = network, rows, circuit
        self._ends = ends_of(network, rows)
        self._units = units
        self._taps = {unit.plate.name: unit.plate.tap_position for unit, _ in units}
        self._open: set[tuple[str, int, int]] = set()

    def switch(self, dss: Any, switching: Switching) -> Standing:
        """Put the circuit into this state, whatever it was before.

        Raises:
            KeyError: a branch, switch, transformer or capacitor is named that the network does not have.
            ValueError: something is shorted; `simulators.physics.shorted` solves that.
        """
        check_names(self._network, self._ends, switching)
        closed = np.ones((len(self._rows.branch), 2), dtype=bool)
        for name in switching.open:
            for row, end in self._ends[name]:
                closed[row, end] = False
        live = supplied(self._network, self._rows, closed)
        self._move({*self._opened(closed, live)})
        return Standing(
            closed=closed,
            live=live,
            kv={unit.row: self._tap(dss, unit, switching) for unit, _ in self._units},
            rated={unit.row: (unit.plate.high_kv, unit.plate.low_kv) for unit, _ in self._units},
            steps=np.array(
                [switching.feeding(bank.name, bank.steps_in) for bank in self._network.capacitors],
                dtype=float,
            ),
        )

    def _opened(self, closed: Flags, live: Flags) -> Any:
        """Yield what stands open: element, terminal, conductor; conductor 0 is all of them."""
        for unit, legs in self._units:
            for name, leg in zip(unit.names, legs, strict=True):
                for end, wound in enumerate((leg.high, leg.low)):
                    bus, number = next(node for node in wound if 1 <= node[1] <= len(PHASES))
                    alive = live[bus].any() if unit.plate.phases == PHASES else live[bus, number - 1]
                    if not (closed[unit.row, end] and alive):
                        yield name, end + 1, 0
        even: tuple[Line | Coupler, ...] = (*self._network.lines, *self._network.couplers)
        for branch in even:
            row = self._rows.branch[branch.name]
            phases = sorted(getattr(branch, "phases", PHASES))
            for end, place in enumerate((branch.from_bus, branch.to_bus)):
                here = live[self._rows.bus[place]]
                for at, phase in enumerate(phases):
                    if not (closed[row, end] and here[PHASES.index(phase)]):
                        yield f"line.l{row}", end + 1, at + 1

    def _move(self, wanted: set[tuple[str, int, int]]) -> None:
        for name, terminal, conductor in sorted(wanted ^ self._open):
            self._circuit.SetActiveElement(name)
            element = self._circuit.ActiveCktElement
            move = element.Open if (name, terminal, conductor) in wanted else element.Close
            move(terminal, conductor)
        self._open = wanted

    def _tap(self, dss: Any, unit: Unit, switching: Switching) -> tuple[float, float]:
        name = unit.plate.name
        position = switching.taps.get(name, unit.plate.tap_position)
        if position != self._taps[name]:
            for element in unit.names:
                dss.Text.Command = f"edit {element} {unit.taps(position)}"
            self._taps[name] = position
        return unit.kv(position)

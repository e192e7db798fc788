"""Elements of an OpenDSS circuit with their places, and what became of each of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simulators.networks.importers.imported import NotCarried
from simulators.networks.importers.names import unlike
from simulators.networks.importers.pandapower_rows import Harvest

PHASES: Final = {(1, 2, 3): "abc", (1,): "a", (2,): "b", (3,): "c", (1, 2): "ab", (2, 3): "bc", (1, 3): "ca"}
"""Our word for the phases of an element, by the numbers of its nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a circuit."""

    kind: str
    """`line`, in lower case."""
    name: str
    enabled: bool
    buses: tuple[str, ...]
    """By terminal."""
    nodes: tuple[tuple[int, ...], ...]
    """Numbers of its nodes by terminal, earth left out."""
    conductors: int
    """Of each terminal, earth counted."""

    @property
    def full_name(self) -> str:
        """As OpenDSS is asked for it."""
        return f"{self.kind}.{self.name}"


class Circuit:
    """A circuit that is being read."""

    def __init__(self, dss: Any) -> None:
        """Take the elements of a circuit that was solved."""
        self._dss, self._circuit = dss, dss.ActiveCircuit
        self.harvest = Harvest()
        self.bus_names: dict[str, str] = {}
        self.bus_kv = {name.lower(): self._line_kv(name) for name in self._circuit.AllBusNames}
        self.elements = [self._element(full) for full in self._circuit.AllElementNames]

    def _line_kv(self, bus: str) -> float:
        """Return the rated line-to-line voltage, kV; 0 where it has none."""
        self._circuit.SetActiveBus(bus)
        # Of what was told as line-to-line OpenDSS keeps the phase voltage: the last digits are rounding.
        return float(f"{self._circuit.ActiveBus.kVBase * math.sqrt(3.0):.12g}")

    def _element(self, full: str) -> Element:
        self._circuit.SetActiveElement(full)
        element = self._circuit.ActiveCktElement
        kind, _, name = full.lower().partition(".")
        terminals = max(1, int(element.NumTerminals))
        # What is out of service has no nodes; OpenDSS would call it an error to ask.
        order = [int(n) for n in element.NodeOrder] if element.Enabled else []
        each = len(order) // terminals
        nodes = [
            tuple(sorted({n for n in order[at * each : (at + 1) * each] if n})) for at in range(terminals)
        ]
        return Element(
            kind=kind,
            name=name,
            enabled=bool(element.Enabled),
            buses=tuple(bus.lower().partition(".")[0] for bus in element.BusNames),
            nodes=tuple(nodes),
            conductors=each,
        )

    def of(self, kind: str) -> list[Element]:
        """Return the elements of a class that are in service."""
        return [one for one in self.elements if one.kind == kind and one.enabled]

    def refuse(self, element: Element, why: str) -> None:
        """Note that an element cannot be carried."""
        self.harvest.refused.append(NotCarried(kind=element.kind, name=element.name, why=why))

    def text(self, element: Element, key: str) -> str:
        """Return a property of an element as OpenDSS tells it."""
        self._dss.Text.Command = f"? {element.full_name}.{key}"
        return str(self._dss.Text.Result).strip()

    def number(self, element: Element, key: str) -> float:
        """Return a property that is one number."""
        return float(self.text(element, key))

    def numbers(self, element: Element, key: str) -> list[float]:
        """Return a property that is a row of numbers, or a matrix row by row."""
        return [float(one) for one in re.findall(r"[-+.\dEe]+", self.text(element, key))]

    def truth(self, element: Element, key: str) -> bool:
        """Return a property that is yes or no."""
        return self.text(element, key).lower() in {"yes", "true", "y"}

    def is_open(self, element: Element, terminal: int) -> tuple[bool, ...]:
        """Return whether each conductor of a terminal, 1 or 2, stands open."""
        self._circuit.SetActiveElement(element.full_name)
        count = len(element.nodes[terminal - 1])
        return tuple(bool(self._circuit.ActiveCktElement.IsOpen(terminal, at + 1)) for at in range(count))

    def order(self, element: Element, terminal: int = 0) -> list[int]:
        """Return the numbers of the nodes of a terminal as its conductors come, earth left out."""
        self._circuit.SetActiveElement(element.full_name)
        first = terminal * element.conductors
        order = self._circuit.ActiveCktElement.NodeOrder[first : first + element.conductors]
        return [int(n) for n in order if n]

    def edit(self, element: Element, words: str) -> None:
        """Say something to an element, such as which of its windings is meant."""
        self._dss.Text.Command = f"edit {element.full_name} {words}"

    @property
    def load_mult(self) -> float:
        """What every load is multiplied by."""
        return float(self._circuit.Solution.LoadMult)

    def across_pu(self, load: Element) -> float:
        """Return the voltage at a load, per unit of its own rating; of several phases the lowest."""
        self._circuit.SetActiveElement(load.full_name)
        element = self._circuit.ActiveCktElement
        volts = np.array(element.Voltages, dtype=float).view(np.complex128)
        if self.text(load, "conn").lower().startswith(("d", "ll")):
            pairs = [(0, 1), (1, 2), (2, 0)] if len(volts) > 2 else [(0, 1)]
            across, rated = [abs(volts[a] - volts[b]) for a, b in pairs], self.number(load, "kv")
        else:
            several = len(load.nodes[0]) > 1
            across = [abs(one) for one in volts[: len(load.nodes[0])]]
            rated = self.number(load, "kv") / (math.sqrt(3.0) if several else 1.0)
        return float(min(across)) * 1e-3 / rated

    def at(self, element: Element, terminal: int = 0) -> str:
        """Return our name of the bus at a terminal."""
        return self.bus_names[element.buses[terminal]]

    def name(self, elements: Iterable[Element], table: str, kind: str, taken: set[str]) -> dict[str, str]:
        """Return our name of each element by its own, and keep the pairs."""
        listed = list(elements)
        names = unlike({at: one.name for at, one in enumerate(listed)}, kind, taken)
        self.harvest.names[table] = names
        return {one.name: names[at] for at, one in enumerate(listed)}

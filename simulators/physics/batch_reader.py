"""From what power-grid-model says of T moments to a course; only columns that a course needs are asked."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from power_grid_model import ComponentType

from simulators.networks.network import Network
from simulators.physics.course import Course, Times
from simulators.physics.flows import Injections, Rows, Values, frozen, loading_of
from simulators.physics.tables import appliance_kinds

Answer = dict[ComponentType, dict[str, Values]]
Moments = NDArray[np.intp]
_BRANCHES: Final = (ComponentType.transformer, ComponentType.line, ComponentType.link)
_SQRT3: Final = 3.0**0.5


class Frame(NamedTuple):
    """The moments of a batch."""

    until_ns: Times
    """(T,) end of each step."""
    hours: Values
    """(T,) length of each."""
    lost: Moments
    """Those without solution."""
    failure: str
    """Why the first of them has none."""


class BatchReader:
    """Reads the answers of one network."""

    def __init__(self, network: Network, rows: Rows) -> None:
        """Note what is asked of the solver."""
        self._rows = rows
        self._symmetric = not network.asymmetric
        self._constant = all(one.law == "power" for one in network.loads)
        self._load_kind, _ = appliance_kinds(network)
        self._load_bus = np.array([rows.bus[one.bus] for one in network.loads], dtype=np.intp)
        self._plant_bus = np.array([rows.bus[one.bus] for one in network.plants], dtype=np.intp)
        ends = ["p_from", "p_to", "i_from", "i_to"]
        wanted: dict[ComponentType, tuple[int, list[str]]] = {
            ComponentType.node: (len(network.buses), ["u"]),
            ComponentType.source: (1, ["p", "q"]),
            self._load_kind: (0 if self._constant else len(network.loads), ["p"]),
            ComponentType.shunt: (len(network.capacitors), ["p"]),
            ComponentType.transformer: (len(network.transformers), ends),
            # The solver reckons the loading of a line as we do, that of a transformer by its power.
            ComponentType.line: (
                len(network.lines),
                ["p_from", "p_to", "loading"] if self._symmetric else ends,
            ),
            ComponentType.link: (len(network.couplers), ends),
        }
        self.asked: dict[ComponentType, Any] = {kind: names for kind, (many, names) in wanted.items() if many}
        """Columns that are asked for, by component."""

    def course(self, answer: Answer, wanted: Injections, frame: Frame) -> Course:
        """Return the course; where there is no solution all numbers are NaN.

        Args:
            answer: by component and column; its arrays are taken over and changed.
            wanted: (T, L) and (T, G) injections that led to it.
            frame: of the moments.
        """
        volts, source = answer[ComponentType.node]["u"], answer[ComponentType.source]
        volts *= 1e-3
        bus_kv = volts if self._symmetric else volts.mean(axis=-1) * _SQRT3
        arrays: dict[str, Values] = {
            "bus_kv": bus_kv,
            "loading_pu": self._loading(answer, len(frame.hours)),
            "import_kw": self._total(source["p"])[:, 0] * 1e-3,
            "import_kvar": self._total(source["q"])[:, 0] * 1e-3,
            "loss_kw": _losses(answer, len(frame.hours)),
            "load_kw": self._served(answer, wanted.load_kw, bus_kv),
            "plant_kw": _supplied(wanted.plant_kw, bus_kv, self._plant_bus),
        }
        if not self._symmetric:
            arrays["phase_kv"] = volts
        converged = np.ones(len(frame.hours), dtype=np.bool_)
        converged[frame.lost] = False
        for values in arrays.values():
            if len(frame.lost):
                values[frame.lost] = np.nan
            frozen(values)
        return Course(
            rows=self._rows,
            until_ns=frame.until_ns,
            hours=frame.hours,
            converged=converged,
            failure=frame.failure if len(frame.lost) else "",
            **arrays,
        )

    def _served(self, answer: Answer, wanted_kw: Values, bus_kv: Values) -> Values:
        if self._constant or not len(self._load_bus):
            return _supplied(wanted_kw, bus_kv, self._load_bus)
        return self._total(answer[self._load_kind]["p"]) * 1e-3

    def _total(self, watts: Values) -> Values:
        """The sum over the phases, where there are any."""
        total: Values = watts if self._symmetric else watts.sum(axis=-1)
        return total

    def _loading(self, answer: Answer, steps: int) -> Values:
        loading = np.zeros((steps, len(self._rows.branch)))
        first = 0
        for kind in _BRANCHES:
            if kind not in answer:
                continue
            part = answer[kind]
            last = first + part["p_from"].shape[1]
            loading[:, first:last] = self._of_branches(part, self._rows.rated_a[first:last])
            first = last
        return loading

    def _of_branches(self, part: dict[str, Values], rated_a: Values) -> Values:
        if "loading" in part:
            return part["loading"]
        ends = np.stack([part["i_from"], part["i_to"]], axis=2)
        return loading_of(ends if self._symmetric else ends.max(axis=-1), rated_a)


def _supplied(wanted_kw: Values, bus_kv: Values, bus: NDArray[np.intp]) -> Values:
    """What is wanted where there is voltage, else 0: a constant power is served in full or not at all."""
    return np.where(bus_kv.take(bus, axis=1) > 0.0, wanted_kw, 0.0)


def _losses(answer: Answer, steps: int) -> Values:
    """(T,) kW in branches and capacitors."""
    watts = np.zeros(steps)
    for kind in _BRANCHES:
        if kind in answer:
            part = answer[kind]
            watts += part["p_from"].reshape(steps, -1).sum(axis=1) + part["p_to"].reshape(steps, -1).sum(
                axis=1
            )
    if ComponentType.shunt in answer:
        watts += answer[ComponentType.shunt]["p"].reshape(steps, -1).sum(axis=1)
    return watts * 1e-3

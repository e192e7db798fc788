"""T moments of one network solved in one call of power-grid-model: only what a course needs comes back.

The fast method goes first (iterative current: one factorisation for all steps); what it cannot solve is tried
by Newton-Raphson, so that a flag means that the grid has no solution and not that a method was weak.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from power_grid_model import CalculationMethod, ComponentType
from power_grid_model.errors import (  # type: ignore[attr-defined, unused-ignore]  # re-exported without a mark
    PowerGridBatchError,
)

from simulators.physics.course import Course, Times
from simulators.physics.flows import Injections, Values, frozen, loading_of
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import AS_DRAWN, Switching

Answer = dict[ComponentType, dict[str, Values]]
Rows = NDArray[np.intp]
_METHODS: Final = (CalculationMethod.iterative_current, CalculationMethod.newton_raphson)
_TOLERANCE: Final = 1e-8
"""Per unit of voltage, between one iteration and the next."""
_SQRT3: Final = 3.0**0.5


class Batch:
    """Solves many moments of one grid."""

    def __init__(self, grid: PowerGrid, *, threads: int = 1) -> None:
        """Note what is asked of the solver.

        Args:
            grid: whose model is used; its own solves are not disturbed.
            threads: that share the moments; the result is the same for any number.
        """
        self._grid = grid
        self._threads = threads
        network, (load, plant) = grid.network, grid.kinds
        flows = ["p_from", "p_to", "i_from", "i_to"]
        asked: dict[ComponentType, tuple[int, list[str]]] = {
            ComponentType.node: (len(network.buses), ["u"]),
            ComponentType.source: (1, ["p", "q"]),
            load: (len(network.loads), ["p"]),
            plant: (len(network.plants), ["p"]),
            ComponentType.shunt: (len(network.capacitors), ["p"]),
            ComponentType.transformer: (len(network.transformers), flows),
            ComponentType.line: (len(network.lines), flows),
            ComponentType.link: (len(network.couplers), flows),
        }
        self._asked: dict[ComponentType, Any] = {
            kind: names for kind, (count, names) in asked.items() if count
        }

    def course(
        self, injections: Injections, until_ns: Times, hours: Values, switching: Switching = AS_DRAWN
    ) -> Course:
        """Solve T moments.

        Args:
            injections: (T, L) and (T, G); a moment with a value that is not finite has no solution.
            until_ns: (T,) end of the step of each moment, nanoseconds since 1970 UTC.
            hours: (T,) length of each step.
            switching: that stands in all of them.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        self._grid.switch(switching)
        lost, failure = _not_finite(injections)
        update: dict[ComponentType, Any] = dict(self._grid.watts(injections))
        answer, failed, message = self._solved(update, _METHODS[0])
        again = np.setdiff1d(failed, lost)
        if len(again):
            part = {kind: {n: v[again] for n, v in named.items()} for kind, named in update.items()}
            second, failed, message = self._solved(part, _METHODS[1])
            for kind, named in second.items():
                for name, values in named.items():
                    answer[kind][name][again] = values
            lost = np.union1d(lost, again[failed])
        return self._read(answer, lost, until_ns, hours, failure or message)

    def _solved(
        self, update: dict[ComponentType, Any], method: CalculationMethod
    ) -> tuple[Answer, Rows, str]:
        """Return what the solver says, which moments it could not solve, and why."""
        model = self._grid.model
        answer: Any = model.calculate_power_flow(
            symmetric=self._grid.symmetric,
            error_tolerance=_TOLERANCE,
            calculation_method=method,
            update_data=update,
            threading=self._threads if self._threads > 1 else -1,
            output_component_types=self._asked,
            continue_on_batch_error=True,
        )
        error = model.batch_error
        if error is None:
            return answer, np.zeros(0, dtype=np.intp), ""
        return answer, np.asarray(error.failed_scenarios, dtype=np.intp), _told(error)

    def _read(self, answer: Answer, lost: Rows, until_ns: Times, hours: Values, failure: str) -> Course:
        grid, steps = self._grid, len(hours)
        source, node = answer[ComponentType.source], answer[ComponentType.node]
        phase_kv = None if grid.symmetric else node["u"] * 1e-3
        bus_kv = node["u"] * 1e-3 if phase_kv is None else phase_kv.mean(axis=-1) * _SQRT3
        loss_kw, loading = self._branches(answer, steps)
        arrays: dict[str, Values] = {
            "bus_kv": bus_kv,
            "loading_pu": loading,
            "import_kw": self._total(source["p"])[:, 0] * 1e-3,
            "import_kvar": self._total(source["q"])[:, 0] * 1e-3,
            "loss_kw": loss_kw,
            "load_kw": self._served(answer, grid.kinds[0], steps),
            "plant_kw": self._served(answer, grid.kinds[1], steps),
        }
        if phase_kv is not None:
            arrays["phase_kv"] = phase_kv
        converged = np.ones(steps, dtype=np.bool_)
        converged[lost] = False
        for values in arrays.values():
            values[lost] = np.nan
            frozen(values)
        return Course(
            rows=grid.rows,
            until_ns=until_ns,
            hours=hours,
            converged=converged,
            failure=failure if len(lost) else "",
            **arrays,
        )

    def _branches(self, answer: Answer, steps: int) -> tuple[Values, Values]:
        """Return losses (T,) in kW, capacitors included, and loadings (T, B)."""
        kinds = (ComponentType.transformer, ComponentType.line, ComponentType.link)
        parts = [answer[kind] for kind in kinds if kind in answer]
        watts = np.zeros(steps)
        for part in parts:
            watts += (part["p_from"] + part["p_to"]).reshape(steps, -1).sum(axis=1)
        if ComponentType.shunt in answer:
            watts += answer[ComponentType.shunt]["p"].reshape(steps, -1).sum(axis=1)
        return watts * 1e-3, self._loading(parts, steps)

    def _loading(self, parts: list[dict[str, Values]], steps: int) -> Values:
        loading = np.empty((steps, len(self._grid.rows.branch)))
        first = 0
        for part in parts:
            ends = np.stack([part["i_from"], part["i_to"]], axis=2)
            highest = ends if self._grid.symmetric else ends.max(axis=-1)
            last = first + highest.shape[1]
            loading[:, first:last] = loading_of(highest, self._grid.rows.rated_a[first:last])
            first = last
        return loading

    def _served(self, answer: Answer, kind: ComponentType, steps: int) -> Values:
        if kind not in answer:
            return np.zeros((steps, 0))
        return self._total(answer[kind]["p"]) * 1e-3

    def _total(self, watts: Values) -> Values:
        """The sum over the phases, where there are any."""
        total: Values = watts if self._grid.symmetric else watts.sum(axis=-1)
        return total


def _not_finite(injections: Injections) -> tuple[Rows, str]:
    """Moments in which an injection is no number: the solver would keep the value of the network file."""
    total = injections.load_kw.sum(axis=1) + injections.load_kvar.sum(axis=1)
    total = total + injections.plant_kw.sum(axis=1) + injections.plant_kvar.sum(axis=1)
    lost = np.flatnonzero(~np.isfinite(total))
    return lost, "an injection is not a finite number" if len(lost) else ""


def _told(error: PowerGridBatchError) -> str:
    """The reason of the first moment that could not be solved."""
    return " ".join(str(error.error_messages[0]).split()) if len(error.error_messages) else "no solution"

"""T moments of one network solved in one call of power-grid-model: only what a course needs comes back.

The fast method goes first (iterative current: one factorisation for all steps); what it cannot solve is tried
by Newton-Raphson, so that a flag means that the grid has no solution and not that a method was weak.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from power_grid_model import CalculationMethod, ComponentType
from power_grid_model.errors import (  # type: ignore[attr-defined, unused-ignore]  # re-exported without a mark
    PowerGridBatchError,
)

from simulators.physics.batch_reader import Answer, BatchReader, Frame, Moments
from simulators.physics.course import Course, Times
from simulators.physics.flows import Injections, Values
from simulators.physics.power_grid import TOLERANCE, UNSOLVED, PowerGrid
from simulators.physics.switching import AS_DRAWN, Switching

METHOD: Final = CalculationMethod.iterative_current
"""Measured on a network of 144 buses: half the time of Newton-Raphson, and 5e-10 per unit beside it."""
_SECOND: Final = CalculationMethod.newton_raphson


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
        self._reader = BatchReader(grid.network, grid.rows)
        self.asked = self._reader.asked
        """Columns that come back from power-grid-model, by component."""

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
            PowerGridError: the solver refuses a moment for another reason than that it has no solution.
        """
        self._grid.switch(switching)
        lost, failure = _not_finite(injections)
        update: dict[ComponentType, Any] = dict(self._grid.watts(injections))
        answer, failed, message = self._solved(update, METHOD, TOLERANCE)
        again = np.setdiff1d(failed, lost)
        if len(again):
            part = {kind: {n: v[again] for n, v in named.items()} for kind, named in update.items()}
            second, failed, message = self._solved(part, _SECOND, self._grid.tolerances[-1])
            for kind, named in second.items():
                for name, values in named.items():
                    answer[kind][name][again] = values
            lost = np.union1d(lost, again[failed])
        frame = Frame(until_ns=until_ns, hours=hours, lost=lost, failure=failure or message)
        return self._reader.course(answer, injections, frame)

    def _solved(
        self, update: dict[ComponentType, Any], method: CalculationMethod, tolerance: float
    ) -> tuple[Answer, Moments, str]:
        """Return what the solver says, which moments it could not solve, and why."""
        model = self._grid.model
        answer: Any = model.calculate_power_flow(
            symmetric=self._grid.symmetric,
            error_tolerance=tolerance,
            calculation_method=method,
            update_data=update,
            threading=self._threads if self._threads > 1 else -1,
            output_component_types=self.asked,
            continue_on_batch_error=True,
        )
        error = model.batch_error
        if error is None:
            return answer, np.zeros(0, dtype=np.intp), ""
        for one in error.errors if method is _SECOND else ():
            if not isinstance(one, UNSOLVED):
                raise one
        return answer, np.asarray(error.failed_scenarios, dtype=np.intp), _told(error)


def _not_finite(injections: Injections) -> tuple[Moments, str]:
    """Moments in which an injection is no number: the solver would keep the value of the network file."""
    total = injections.load_kw.sum(axis=1) + injections.load_kvar.sum(axis=1)
    total = total + injections.plant_kw.sum(axis=1) + injections.plant_kvar.sum(axis=1)
    lost = np.flatnonzero(~np.isfinite(total))
    return lost, "an injection is not a finite number" if len(lost) else ""


def _told(error: PowerGridBatchError) -> str:
    """The reason of the first moment that could not be solved."""
    return " ".join(str(error.error_messages[0]).split()) if len(error.error_messages) else "no solution"

"""Calls of power-grid-model: one moment updated and solved, again and again on one model.

Two ways to the same bits. `WrappedCalls` asks through the public face of the library, which makes options,
output tables and views of them anew at every call; for a grid of some hundred buses that takes twice as long
as the solution. `KeptCalls` makes the same objects once and calls the same two functions of the C interface
with them. It reaches below the public face: where a release moved what lies there, the public is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from power_grid_model import (
    CalculationMethod,
    CalculationType,
    ComponentType,
    DatasetType,
    PowerGridModel,
    initialize_array,
)

try:
    from power_grid_model._core.data_handling import prepare_output_view, prepare_update_view
    from power_grid_model._core.error_handling import assert_no_error
    from power_grid_model._core.options import Options
    from power_grid_model._core.power_grid_core import ConstDatasetPtr, get_power_grid_core
except ImportError:  # pragma: no cover - of a release that nobody has seen yet
    _IS_REACHED = False
else:
    _IS_REACHED = True

from simulators.physics.tables import Table

ITERATIONS: Final = 20
"""As many as power-grid-model tries by itself."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What is asked of a model at every call."""

    model: PowerGridModel
    updates: Mapping[ComponentType, Table]
    """Tables that the asker writes in place before each call."""
    wanted: Mapping[ComponentType, int]
    """Kinds of which an answer is wanted, with the number of their rows."""
    symmetric: bool
    """Whether the three phases are taken as one."""
    method: CalculationMethod


class Calls(Protocol):
    """A way to ask."""

    def answer(self, tolerance: float) -> Mapping[ComponentType, Table]:
        """Tell the model what stands in the tables of updates, solve it and return its answer.

        The next call may write into the same tables: take from them what is to last.

        Raises:
            PowerGridError: there is no solution within the tolerance; see `power_grid_model.errors`.
        """
        ...


def calls_of(question: Question) -> Calls:
    """Return the quickest way to ask that the installed release has."""
    return KeptCalls(question) if _IS_REACHED else WrappedCalls(question)


class WrappedCalls:
    """Asks through the public face."""

    def __init__(self, question: Question) -> None:
        self._question = question

    def answer(self, tolerance: float) -> Mapping[ComponentType, Table]:
        """Do what `Calls.answer` says."""
        asked = self._question
        asked.model.update(update_data=dict(asked.updates))
        answer: Mapping[ComponentType, Table] = asked.model.calculate_power_flow(
            symmetric=asked.symmetric,
            calculation_method=asked.method,
            error_tolerance=tolerance,
            max_iterations=ITERATIONS,
            output_component_types=list(asked.wanted),
        )
        return answer


class KeptCalls:
    """Asks with objects that are kept."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._updates = prepare_update_view(dict(question.updates))
        output = DatasetType.sym_output if question.symmetric else DatasetType.asym_output
        self._answer = {kind: initialize_array(output, kind, rows) for kind, rows in question.wanted.items()}
        self._output = prepare_output_view(self._answer, output)
        self._options: dict[float, Any] = {}
        """By tolerance."""

    def answer(self, tolerance: float) -> Mapping[ComponentType, Table]:
        """Do what `Calls.answer` says."""
        core, model = get_power_grid_core(), self._question.model._model  # noqa: SLF001 - see above
        core.update_model(model, self._updates.get_dataset_ptr())
        assert_no_error()
        core.calculate(
            model,
            self._options_of(tolerance).opt,
            output_data=self._output.get_dataset_ptr(),
            update_data=ConstDatasetPtr(),
        )
        assert_no_error()
        return self._answer

    def _options_of(self, tolerance: float) -> Any:
        if tolerance not in self._options:
            make: Any = Options  # it has no types
            options = self._options[tolerance] = make()
            options.calculation_type = CalculationType.power_flow.value
            options.calculation_method = self._question.method.value
            options.symmetric = self._question.symmetric
            options.error_tolerance = tolerance
            options.max_iterations = ITERATIONS
            options.threading = _ONE_THREAD
        return self._options[tolerance]


_ONE_THREAD: Final = -1

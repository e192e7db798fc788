"""The electric grid of the simulated world, solved by power-grid-model.

The model is built once; a solve writes injections into arrays that are kept, and calls the solver.
A solve that fails is a flag in `Flows`, never the last good result again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from power_grid_model import CalculationMethod, ComponentType, DatasetType, PowerGridModel, initialize_array
from power_grid_model.errors import (  # type: ignore[attr-defined, unused-ignore]  # re-exported without a mark
    IterationDiverge,
    SparseMatrixError,
)

from simulators.networks.network import Branch, Network
from simulators.physics.flows import Flows, Injections, Values, diverged, frozen
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.physics.tables import Table, rows_of, tables_of

_BRANCHES: Final = (ComponentType.transformer, ComponentType.line, ComponentType.link)
_FLOW: Final = ("p_from", "q_from", "i_from", "p_to", "q_to", "i_to")
_TO_KILO: Final = np.array([1e-3, 1e-3, 1.0, 1e-3, 1e-3, 1.0])
"""From W, var, A to kW, kvar, A, in the order of `_FLOW`."""


class PowerGrid:
    """A network that can be solved many times a second."""

    def __init__(self, network: Network, *, linear: bool = False) -> None:
        """Build the model; nothing of it is rebuilt later.

        Args:
            network: as `simulators.networks.network` reads it.
            linear: take every load and plant as the impedance that has its power at rated voltage, so that
                there is always a solution.
        """
        self._method = CalculationMethod.linear if linear else CalculationMethod.newton_raphson
        self.network = network
        self.rows = rows_of(network)
        tables = tables_of(network, self.rows)
        self._model = PowerGridModel(tables)
        self._wanted = [kind for kind in (*_OUTPUT, *_BRANCHES) if kind in tables]
        self._loads = _update_table(tables, ComponentType.sym_load)
        self._plants = _update_table(tables, ComponentType.sym_gen)
        self._lines = _update_table(tables, ComponentType.line)
        self._links = _update_table(tables, ComponentType.link)
        self._transformers = _update_table(tables, ComponentType.transformer)
        self._taps = {unit.name: unit.tap_position for unit in network.transformers}
        self._switching = AS_DRAWN

    def solve(self, injections: Injections, switching: Switching = AS_DRAWN) -> Flows:
        """Solve the network by Newton-Raphson.

        Args:
            injections: finite powers of all loads and plants. A value that is not finite gives a
                diverged result: the solver itself would silently keep the value before.
            switching: open branches and tap positions.

        Returns:
            The flows; `converged` is False where there is no solution, and then all numbers are NaN.

        Raises:
            KeyError: `switching` names a branch or transformer that the network does not have.
        """
        if not _finite(injections):
            return diverged(self.rows, "an injection is not a finite number")
        self._switch(switching)
        self._set_injections(injections)
        try:
            answer = self._model.calculate_power_flow(
                calculation_method=self._method, output_component_types=self._wanted
            )
        except (IterationDiverge, SparseMatrixError) as failure:
            return diverged(self.rows, " ".join(str(failure).split()))
        return self._flows(answer)

    def _set_injections(self, injections: Injections) -> None:
        update: dict[ComponentType, Table] = {}
        if len(self._loads):
            self._loads["p_specified"] = injections.load_kw * 1e3
            self._loads["q_specified"] = injections.load_kvar * 1e3
            update[ComponentType.sym_load] = self._loads
        if len(self._plants):
            self._plants["p_specified"] = injections.plant_kw * 1e3
            self._plants["q_specified"] = injections.plant_kvar * 1e3
            update[ComponentType.sym_gen] = self._plants
        self._model.update(update_data=update)

    def _switch(self, switching: Switching) -> None:
        """Tell the model what is switched; only when that changed, for it costs a factorisation."""
        if switching == self._switching:
            return
        unknown = (switching.open - self.rows.branch.keys()) | (switching.taps.keys() - self._taps.keys())
        if unknown:
            raise KeyError(f"no branch {sorted(unknown)} in network {self.network.name}")
        update: dict[ComponentType, Table] = {}
        tables: tuple[tuple[ComponentType, Table, Sequence[Branch]], ...] = (
            (ComponentType.transformer, self._transformers, self.network.transformers),
            (ComponentType.line, self._lines, self.network.cables),
            (ComponentType.link, self._links, self.network.couplers),
        )
        for kind, table, branches in tables:
            if branches:
                closed = [branch.name not in switching.open for branch in branches]
                table["from_status"] = closed
                # A cable's breaker is at its bay; a transformer out of service is open on both sides.
                table["to_status"] = True if kind is ComponentType.line else closed
                update[kind] = table
        if self._taps:
            self._transformers["tap_pos"] = [switching.taps.get(name, at) for name, at in self._taps.items()]
        self._model.update(update_data=update)
        self._switching = switching

    def _flows(self, answer: dict[ComponentType, Table]) -> Flows:
        branch = np.concatenate([_ends(answer[kind]) for kind in _BRANCHES if kind in answer])
        branch *= _TO_KILO
        source = answer[ComponentType.source]
        return Flows(
            converged=True,
            failure="",
            rows=self.rows,
            bus_kv=frozen(answer[ComponentType.node]["u"] * 1e-3),
            branch=frozen(branch),
            load_kw=_served(answer, ComponentType.sym_load),
            plant_kw=_served(answer, ComponentType.sym_gen),
            import_kw=float(source["p"][0]) * 1e-3,
            import_kvar=float(source["q"][0]) * 1e-3,
            loss_kw=float(branch[:, 0].sum() + branch[:, 3].sum()),
        )


_OUTPUT: Final = (ComponentType.node, ComponentType.source, ComponentType.sym_load, ComponentType.sym_gen)


def _finite(injections: Injections) -> bool:
    # A sum is NaN or infinite as soon as one term is: four sums cost less than four element-wise tests.
    total = injections.load_kw.sum() + injections.load_kvar.sum()
    total += injections.plant_kw.sum() + injections.plant_kvar.sum()
    return bool(np.isfinite(total))


def _ends(table: Table) -> Values:
    """The six flow columns of a branch table as (B, 6), in W, var and A."""
    ends = np.empty((len(table), len(_FLOW)))
    for column, name in enumerate(_FLOW):
        ends[:, column] = table[name]
    return ends


def _served(answer: dict[ComponentType, Table], kind: ComponentType) -> Values:
    return frozen(answer[kind]["p"] * 1e-3) if kind in answer else frozen(np.zeros(0))


def _update_table(tables: dict[ComponentType, Table], kind: ComponentType) -> Table:
    """An update array for one kind, kept and written in place; what is not written stays as it was."""
    if kind not in tables:
        return initialize_array(DatasetType.update, kind, 0)
    table = initialize_array(DatasetType.update, kind, len(tables[kind]))
    table["id"] = tables[kind]["id"]
    return table

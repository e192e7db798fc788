"""The electric grid of the simulated world, solved by power-grid-model.

The model is built once; a solve writes injections into arrays that are kept, and calls the solver.
A solve that fails is a flag in `Flows`, never the last good result again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from power_grid_model import CalculationMethod, ComponentType, PowerGridModel
from power_grid_model.errors import (  # type: ignore[attr-defined, unused-ignore]  # re-exported without a mark
    IterationDiverge,
    SparseMatrixError,
)

from simulators.networks.network import Network
from simulators.physics.calls import Question, calls_of
from simulators.physics.flows import Flows, Injections, Values, diverged, frozen
from simulators.physics.switchgear import Switchgear, update_table
from simulators.physics.switching import AS_DRAWN, Switching
from simulators.physics.tables import Table, appliance_kinds, rows_of, shares_of, tables_of

_BRANCHES: Final = (ComponentType.transformer, ComponentType.line, ComponentType.link)
_FLOW: Final = ("p_from", "q_from", "i_from", "p_to", "q_to", "i_to")
_TO_KILO: Final = np.array([1e-3, 1e-3, 1.0, 1e-3, 1e-3, 1.0])
"""From W, var, A to kW, kvar, A, in the order of `_FLOW`."""
_SQRT3: Final = 3.0**0.5
TOLERANCE: Final = 1e-8
"""Per unit of voltage, between one iteration and the next."""
COARSE: Final = 1e-6
"""By phase, where the finer one cannot be reached: where a neutral is isolated only the capacitance of the
lines holds the phases against earth, and rounding alone moves them by some 1e-8."""


UNSOLVED: Final = (IterationDiverge, SparseMatrixError)
"""Errors that say that there is no solution; every other one says that the question is wrong."""


class PowerGrid:
    """A network that can be solved many times a second; by phase where something hangs on single phases."""

    def __init__(self, network: Network, *, linear: bool = False) -> None:
        """Build the model; nothing of it is rebuilt later.

        Args:
            network: as `simulators.networks.network` reads it.
            linear: take every load and plant as the impedance that has its power at rated voltage, so that
                there is always a solution.

        Raises:
            MissingZeroSequence: the network has phases, and lines without zero-sequence impedance.
        """
        self.network = network
        self.rows = rows_of(network)
        self.symmetric = not network.asymmetric
        self.tolerances = (TOLERANCE,) if self.symmetric else (TOLERANCE, COARSE)
        tables = tables_of(network, self.rows)
        self.model = PowerGridModel(tables, system_frequency=network.frequency_hz)
        self.kinds = appliance_kinds(network)
        self._loads, self._plants = (update_table(tables, kind) for kind in self.kinds)
        powers = zip(self.kinds, (self._loads, self._plants), strict=True)
        question = Question(
            model=self.model,
            updates={kind: table for kind, table in powers if len(table)},
            wanted={k: len(tables[k]) for k in (*_OUTPUT, *self.kinds, *_BRANCHES) if k in tables},
            symmetric=self.symmetric,
            method=CalculationMethod.linear if linear else CalculationMethod.newton_raphson,
        )
        self._calls = calls_of(question)
        self._load_shares, self._plant_shares = shares_of(network)
        self._switchgear = Switchgear(network, self.rows, tables)
        self._switching = AS_DRAWN

    def solve(self, injections: Injections, switching: Switching = AS_DRAWN) -> Flows:
        """Solve the network by Newton-Raphson.

        Args:
            injections: finite powers of all loads and plants. A value that is not finite gives a
                diverged result: the solver itself would silently keep the value before.
            switching: open branches, tap positions and capacitor steps.

        Returns:
            The flows; `converged` is False where there is no solution, and then all numbers are NaN.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        if not _finite(injections):
            return diverged(self.rows, "an injection is not a finite number")
        self.switch(switching)
        self._set_injections(injections)
        failure = ""
        for tolerance in self.tolerances:
            try:
                return self.flows_of(self._calls.answer(tolerance))
            except UNSOLVED as failed:
                failure = " ".join(str(failed).split())
        return diverged(self.rows, failure)

    def switch(self, switching: Switching) -> None:
        """Tell the model what is switched; only when that changed, for it costs a factorisation.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        if switching != self._switching:
            self.model.update(update_data=self._switchgear.updates(switching))
            self._switching = switching

    def watts(self, injections: Injections) -> dict[ComponentType, dict[str, Values]]:
        """Return powers as power-grid-model wants them: W and var by component, shared among the phases."""
        powers = (
            (self.kinds[0], self._load_shares, injections.load_kw, injections.load_kvar),
            (self.kinds[1], self._plant_shares, injections.plant_kw, injections.plant_kvar),
        )
        return {
            kind: {"p_specified": self._shared(kw, shares), "q_specified": self._shared(kvar, shares)}
            for kind, shares, kw, kvar in powers
            if kw.shape[-1]
        }

    def _shared(self, kilo: Values, shares: Values) -> Values:
        return kilo * 1e3 if self.symmetric else kilo[..., None] * (shares * 1e3)

    def _set_injections(self, injections: Injections) -> None:
        """Write powers where the next call looks for them."""
        for kind, powers in self.watts(injections).items():
            table = self._loads if kind is self.kinds[0] else self._plants
            for name, watts in powers.items():
                table[name] = watts

    def flows_of(self, answer: Mapping[ComponentType, Table]) -> Flows:
        """Read an answer of power-grid-model to the tables of this network; keeps nothing of it."""
        parts = [answer[kind] for kind in _BRANCHES if kind in answer]
        branch = np.concatenate([self._ends(part) for part in parts])
        branch *= _TO_KILO
        source, node = answer[ComponentType.source], answer[ComponentType.node]
        lost_kw = float(branch[:, 0].sum() + branch[:, 3].sum())
        if ComponentType.shunt in answer:
            lost_kw += float(answer[ComponentType.shunt]["p"].sum()) * 1e-3
        return Flows(
            converged=True,
            failure="",
            rows=self.rows,
            bus_kv=frozen(self._line_to_line(node["u"]) * 1e-3),
            branch=frozen(branch),
            load_kw=self._served(answer, self.kinds[0]),
            plant_kw=self._served(answer, self.kinds[1]),
            import_kw=float(source["p"].sum()) * 1e-3,
            import_kvar=float(source["q"].sum()) * 1e-3,
            loss_kw=lost_kw,
            phase_kv=None if self.symmetric else frozen(node["u"] * 1e-3),
            phase_a=None if self.symmetric else frozen(_phase_currents(parts)),
        )

    def _line_to_line(self, volts: Values) -> Values:
        return volts if self.symmetric else volts.mean(axis=-1) * _SQRT3

    def _ends(self, table: Table) -> Values:
        """The six flow columns of a branch table as (B, 6), in W, var and A."""
        ends = np.empty((len(table), len(_FLOW)))
        for column, name in enumerate(_FLOW):
            value = table[name]
            if not self.symmetric:
                value = value.max(axis=-1) if name.startswith("i") else value.sum(axis=-1)
            ends[:, column] = value
        return ends

    def _served(self, answer: Mapping[ComponentType, Table], kind: ComponentType) -> Values:
        if kind not in answer:
            return frozen(np.zeros(0))
        watts = answer[kind]["p"]
        return frozen((watts if self.symmetric else watts.sum(axis=-1)) * 1e-3)


_OUTPUT: Final = (ComponentType.node, ComponentType.source, ComponentType.shunt)


def _phase_currents(parts: list[Table]) -> Values:
    """(B, 2, 3) A."""
    return np.concatenate([np.stack([part["i_from"], part["i_to"]], axis=1) for part in parts])


def _finite(injections: Injections) -> bool:
    # A sum is NaN or infinite as soon as one term is: four sums cost less than four element-wise tests.
    add = np.add.reduce  # what `sum` calls in the end
    total: Any = add(injections.load_kw) + add(injections.load_kvar)
    total += add(injections.plant_kw) + add(injections.plant_kvar)
    return math.isfinite(total)

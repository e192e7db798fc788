"""What the grid did through T steps, as arrays: one step of a closed loop, or a chunk of an open one.

Indicators, reports and studies read this and nothing else, so that a step and a year are counted alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from simulators.physics.flows import Flows, Rows, Values, loading_of

Times = NDArray[np.int64]
"""Nanoseconds since 1970 UTC."""
Flags = NDArray[np.bool_]
_SQRT3: Final = 3.0**0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """T >= 1 steps in their order, frozen; within a step the grid stands still.

    Invariant: where `converged` is False every number of that step is NaN, except its time and length.
    """

    rows: Rows
    """Column of each thing by name: N buses, B branches, L loads, G plants."""
    until_ns: Times
    """(T,) end of each step."""
    hours: Values
    """(T,) length of each step, h."""
    converged: Flags
    """(T,) whether the step has a solution."""
    bus_kv: Values
    """(T, N) line-to-line voltage, kV; 0 at a bus without supply; of unlike phases the mean."""
    loading_pu: Values
    """(T, B) highest current of both ends over the rated one; 0 where a branch has no rating."""
    import_kw: Values
    """(T,) active power from the high-voltage grid, import positive."""
    import_kvar: Values
    loss_kw: Values
    """(T,) in branches and shunts."""
    load_kw: Values
    """(T, L) served; 0 at a bus without supply."""
    plant_kw: Values
    """(T, G) delivered; 0 at a bus without supply."""
    phase_kv: Values | None = None
    """(T, N, 3) voltage of each phase against earth, kV; NaN where a bus lacks the phase; None where the
    power flow is balanced."""
    failure: str = ""
    """Why the first step that has no solution has none."""

    def __len__(self) -> int:
        return len(self.hours)

    @property
    def low_kv(self) -> Values:
        """(T, N) voltage of the lowest phase, as line-to-line, kV."""
        return self.bus_kv if self.phase_kv is None else _SQRT3 * np.fmin.reduce(self.phase_kv, axis=2)

    @property
    def high_kv(self) -> Values:
        """(T, N) voltage of the highest phase, as line-to-line, kV."""
        return self.bus_kv if self.phase_kv is None else _SQRT3 * np.fmax.reduce(self.phase_kv, axis=2)

    @property
    def supplied(self) -> Flags:
        """(T, N) whether a bus has voltage; False in a step without solution."""
        return np.greater(self.bus_kv, 0.0)

    @property
    def whole(self) -> Flags:
        """(T,) whether every bus has voltage: no island stands without supply."""
        return np.asarray(self.supplied.all(axis=1))

    @property
    def balance_error(self) -> Values:
        """(T,) energy that is unaccounted for, over the power that is turned over; NaN without solution.

        Import and plants against loads and losses. A network without any power has nothing to balance: 1 W is
        the floor. Each step by itself: the same bits however many there are.
        """
        plants, loads = (np.ascontiguousarray(table) for table in (self.plant_kw, self.load_kw))
        came = self.import_kw + np.add.reduce(plants, axis=1)
        turned = np.abs(self.import_kw) + np.add.reduce(np.abs(plants), axis=1)
        error: Values = np.abs(came - np.add.reduce(loads, axis=1) - self.loss_kw) / np.maximum(turned, 1e-3)
        return error

    @classmethod
    def of(cls, flows: Flows, until_ns: int, hours: float) -> Self:
        """Return one step of a closed loop.

        Args:
            flows: that stood through the step.
            until_ns: its end, nanoseconds since 1970 UTC.
            hours: its length, h.
        """
        return cls.through([(flows, until_ns, hours)])

    @classmethod
    def through(cls, steps: Sequence[tuple[Flows, int, float]]) -> Self:
        """Return steps of a closed loop one after the other.

        Args:
            steps: at least one, all of one network: the flows that stood, the end and the hours of each.
        """
        each = [flows for flows, _, _ in steps]
        rows = each[0].rows
        ends_a = np.stack([flows.branch[:, 2::3] for flows in each])
        is_balanced = all(flows.phase_kv is None for flows in each)
        return cls(
            rows=rows,
            until_ns=np.array([until_ns for _, until_ns, _ in steps], dtype=np.int64),
            hours=np.array([hours for _, _, hours in steps]),
            converged=np.array([flows.converged for flows in each]),
            bus_kv=np.stack([flows.bus_kv for flows in each]),
            loading_pu=loading_of(ends_a, rows.rated_a),
            import_kw=np.array([flows.import_kw for flows in each]),
            import_kvar=np.array([flows.import_kvar for flows in each]),
            loss_kw=np.array([flows.loss_kw for flows in each]),
            load_kw=np.stack([flows.load_kw for flows in each]),
            plant_kw=np.stack([flows.plant_kw for flows in each]),
            phase_kv=None if is_balanced else np.stack([_phases(flows) for flows in each]),
            failure=next((flows.failure for flows in each if flows.failure), ""),
        )

    @classmethod
    def joined(cls, courses: list[Course]) -> Course:
        """Return courses of one network one after the other.

        Args:
            courses: at least one, in the order of their time.
        """
        names: tuple[str, ...] = (
            "until_ns",
            "hours",
            "converged",
            "bus_kv",
            "loading_pu",
            "import_kw",
            "import_kvar",
        )
        names += ("loss_kw", "load_kw", "plant_kw")
        arrays = {name: np.concatenate([getattr(one, name) for one in courses]) for name in names}
        if any(one.phase_kv is not None for one in courses):
            phases = [
                np.full((*one.bus_kv.shape, 3), np.nan) if one.phase_kv is None else one.phase_kv
                for one in courses
            ]
            arrays["phase_kv"] = np.concatenate(phases)
        failure = next((one.failure for one in courses if one.failure), "")
        return Course(rows=courses[0].rows, failure=failure, **arrays)


def _phases(flows: Flows) -> Values:
    """(N, 3) kV; a step without solution has none."""
    return np.full((len(flows.bus_kv), 3), np.nan) if flows.phase_kv is None else flows.phase_kv

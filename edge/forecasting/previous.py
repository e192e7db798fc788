"""The previous model: it sees what the model sees, and has learnt nothing since an earlier day.

What a forecaster knows is of two kinds. What it has seen (history, recent residuals, features) must be of
now, or it would forecast another day. What it has learnt (typical days, coefficients, trust, intervals) is
taken from one to two days ago and put back after every step. So it is the model without the newest learning:
the rung below `model` when something has gone wrong with what was learnt last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from edge.forecasting.horizon import DAY, STEP_NS, Bools, Floats

if TYPE_CHECKING:
    from edge.forecasting.forecaster import Forecaster

LEARNT: Final = (
    "profiles.",
    "trust.",
    "intervals.",
    "experts.hour_co",
    "experts.co",
    "correction.co",
)
"""Beginnings of the names of what is learnt; `co` are coefficients and their covariances."""
DAY_NS: Final = DAY * STEP_NS
Learnt = Mapping[str, NDArray[Any]]


def learnt(forecaster: Forecaster) -> dict[str, NDArray[Any]]:
    """Return a copy of what a forecaster has learnt, without what it has seen."""
    return {name: array for name, array in forecaster.snapshot().items() if name.startswith(LEARNT)}


class PreviousModel:
    """A forecaster with the learning of one to two days ago."""

    def __init__(self, twin: Forecaster, begin_ns: int) -> None:
        """Begin with the learning of a forecaster as it is.

        Args:
            twin: a forecaster of its own, as far as the model is; this object takes it over.
            begin_ns: UTC ns of the quarter-hour after the newest one learnt.
        """
        self._twin = twin
        self._kept = self._next = learnt(twin)
        self._day = begin_ns // DAY_NS

    def see(self, model: Forecaster, values: Floats, valid: Bools, at_ns: int, *, renew: bool) -> None:
        """See the quarter-hour that began at `at_ns`, after the model has learnt it.

        Args:
            model: whose learning is taken over a day late.
            values: (S,) float64, as the model was given them.
            valid: (S,) bool.
            at_ns: UTC ns.
            renew: False keeps the learning as it is: the newest is under suspicion.
        """
        self._twin.learn(values, valid, at_ns)
        self._twin.restore(self._twin.snapshot() | self._kept)
        day = (at_ns + STEP_NS) // DAY_NS
        if day != self._day and renew:
            self._day, self._kept, self._next = day, self._next, learnt(model)

    def forecast(self) -> Floats:
        """Quantiles of the next 96 quarter-hours, as `Forecaster.forecast` gives them: (S, 96, 3)."""
        return self._twin.forecast()

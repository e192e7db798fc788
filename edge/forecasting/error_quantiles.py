"""How sure: quantiles of the errors that were really made, followed online.

Only the outer quantiles are tracked. The middle of a forecast stays where mixture and correction
put it: tracking its bias too was tried and only added noise.
"""

from typing import NamedTuple

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import DAY, KNOTS, QUANTILES, Bools, Floats

SCALE_SHARE = 0.05
"""Share of a new day in the error scale of a time of day."""
RATE = 0.004
"""Step of the quantile tracker, in error scales per quarter-hour."""
SILENT = 0.02
"""Where a time of day errs less than this share of the mean it says nothing about quantiles (PV at night)."""
OUTER = np.array([QUANTILES[0], QUANTILES[2]])
"""Levels that are tracked."""
TYPICAL_ERROR = np.array([-1.6, 1.6])
"""Where they begin: 10 and 90 % of a normal error, in mean absolute errors."""


class ErrorQuantiles(NamedTuple):
    """Error quantiles of every series."""

    scale: Floats
    """(S, DAY) mean absolute error of the mixture by time of day, per unit."""
    levels: Floats
    """(S, K, 2) OUTER quantiles of the corrected error at each knot, in scales."""


def start_quantiles(series_count: int) -> ErrorQuantiles:
    """Errors are taken for normal with a tenth of the rating until they are seen."""
    levels = np.broadcast_to(TYPICAL_ERROR, (series_count, KNOTS.size, OUTER.size))
    return ErrorQuantiles(np.full((series_count, DAY), 0.1), levels.copy())


@compiled
def track(state: ErrorQuantiles, slot: int, residual: Floats, left: Floats, learn: Bools) -> None:
    """Move each quantile up a little when the error lay above it, down when below, in place.

    In the long run the share of errors below a quantile is its level, whatever their distribution.

    Args:
        state: scales and quantiles.
        slot: time of day of the value.
        residual: (S,) float64, value minus mixture, per unit.
        left: (S, K) float64, errors after the correction of each knot, per unit.
        learn: (S,) bool; false leaves the series alone.

    Source: Gibbs and Candes, Adaptive conformal inference under distribution shift (2021); the
    quantile tracker is that of Angelopoulos, Candes and Tibshirani, Conformal PID control for time
    series prediction (2023), 2.1.
    """
    for s in range(residual.size):
        if not learn[s]:
            continue
        scale = state.scale[s, slot]
        if scale > SILENT * state.scale[s].mean():
            for k in range(KNOTS.size):
                error = left[s, k] / scale
                for q in range(OUTER.size):
                    below = 1.0 if error < state.levels[s, k, q] else 0.0
                    state.levels[s, k, q] += RATE * (OUTER[q] - below)
        state.scale[s, slot] += SCALE_SHARE * (abs(residual[s]) - scale)

"""The intra-day correction: what this morning's surprise says about this evening.

One covariance recursion serves all leads. The features of a step and their gain are kept for a day;
when a target comes, every lead applies the gain that belongs to the step from which it was seen.
"""

from typing import NamedTuple

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import DAY, KNOTS, Bools, Floats
from edge.forecasting.regression import PRIOR, dot, gain
from edge.forecasting.residuals import SPANS, Residuals

FEATURES = 2 + 2 * SPANS.size
"""A small constant, the two residuals over all spans, the slope."""
CONSTANT = 0.01
"""The constant feature is small: the experts carry the level, the correction should not relearn it."""
FORGETTING = 0.99995
"""Per step: about two hundred days."""


class Correction(NamedTuple):
    """What a surprise is worth at each knot of the horizon."""

    coefficients: Floats
    """(S, K, FEATURES)."""
    covariance: Floats
    """(S, FEATURES, FEATURES)."""
    features: Floats
    """(S, DAY, FEATURES) ring by step % DAY."""
    gains: Floats
    """(S, DAY, FEATURES) ring by step % DAY; zero where the step taught nothing."""


def start_correction(series_count: int) -> Correction:
    """A surprise is worth nothing yet."""
    prior = np.broadcast_to(PRIOR * np.eye(FEATURES), (series_count, FEATURES, FEATURES))
    return Correction(
        coefficients=np.zeros((series_count, KNOTS.size, FEATURES)),
        covariance=prior.copy(),
        features=np.zeros((series_count, DAY, FEATURES)),
        gains=np.zeros((series_count, DAY, FEATURES)),
    )


@compiled
def settle(state: Correction, step: int, residual: Floats, learn: Bools) -> Floats:
    """Teach every knot the residual that came for the step it had looked at, in place.

    Args:
        state: the correction.
        step: wall-clock step of the value.
        residual: (S,) float64, value minus mixture, per unit.
        learn: (S,) bool; false teaches nothing.

    Returns:
        (S, K) float64, residual that the correction of each knot would have left, per unit.
    """
    left = np.zeros((residual.size, KNOTS.size))
    for s in range(residual.size):
        for k in range(KNOTS.size):
            origin = (step - KNOTS[k]) % DAY
            left[s, k] = residual[s] - dot(state.coefficients[s, k], state.features[s, origin])
            if learn[s]:
                for i in range(FEATURES):
                    state.coefficients[s, k, i] += state.gains[s, origin, i] * left[s, k]
    return left


@compiled
def prepare(state: Correction, residuals: Residuals, step: int, learn: Bools) -> None:
    """Keep the features of this step and their gain for the targets to come, in place."""
    slot = step % DAY
    spans = SPANS.size
    for s in range(learn.size):
        row = state.features[s, slot]
        row[0] = CONSTANT
        for i in range(spans):
            row[1 + i] = residuals.mixture[s, i]
            row[1 + spans + i] = residuals.profile[s, i]
        row[1 + 2 * spans] = residuals.slope[s]
        if learn[s]:
            gain(state.covariance[s], row, FORGETTING, state.gains[s, slot])
        else:
            state.gains[s, slot, :] = 0.0

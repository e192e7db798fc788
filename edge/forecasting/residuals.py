"""How wrong things were lately: smoothed residuals over an hour, four hours, a day."""

from typing import NamedTuple

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import Bools, Floats

SPANS = np.array([1.0, 4.0, 16.0, 96.0])
"""Steps over which a residual is averaged (exponentially)."""


class Residuals(NamedTuple):
    """Recent surprises of every series, per unit."""

    mixture: Floats
    """(S, 4) residual of the experts' mixture, averaged over SPANS."""
    profile: Floats
    """(S, 4) residual of the slow day-class profile, averaged over SPANS."""
    slope: Floats
    """(S,) change of the mixture's residual in the last step."""


def start_residuals(series_count: int) -> Residuals:
    """No surprise yet."""
    return Residuals(
        np.zeros((series_count, SPANS.size)), np.zeros((series_count, SPANS.size)), np.zeros(series_count)
    )


@compiled
def follow(state: Residuals, mixture: Floats, profile: Floats, known: Bools) -> None:
    """Average in the newest (S,) residuals, in place.

    At a hole the mixture is taken to have been right, and the profile to have been as far off as it was
    over the last day: a hole does not make a high day an ordinary one.
    """
    for s in range(known.size):
        newest = mixture[s] if known[s] else 0.0
        below = profile[s] if known[s] else state.profile[s, SPANS.size - 1]
        state.slope[s] = newest - state.mixture[s, 0]
        for i in range(SPANS.size):
            state.mixture[s, i] += (newest - state.mixture[s, i]) / SPANS[i]
            state.profile[s, i] += (below - state.profile[s, i]) / SPANS[i]

"""Six opinions about each quarter-hour of tomorrow, formed from what is a day old at least."""

from typing import NamedTuple

import numpy as np

from edge.forecasting.baseline import DEPTH
from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import DAY, WEEK, Bools, Floats, Ints
from edge.forecasting.profile import Profiles
from edge.forecasting.regression import PRIOR, dot, learn
from edge.forecasting.residuals import Residuals

EXPERTS = (
    "naive_day",
    "naive_week",
    "slow_profile",
    "fast_profile",
    "hour_regression",
    "calendar_regression",
)
"""Names of the opinions, in the order of every array that is indexed by expert."""
HOUR_FEATURES = 9
"""The first features, enough for a regression of one hour of the day."""
FEATURES = 17
"""Those, and three daily harmonics (6) and two weekend flags for the regression of the whole day."""
HOUR_FORGETTING = 0.999
"""Per step of that hour: about 250 days."""
FORGETTING = 0.9997
"""Per step: about 35 days."""


class Experts(NamedTuple):
    """What the experts have learnt, and what they said about the next day's steps (rings of DAY)."""

    hour_coefficients: Floats
    """(S, 24, HOUR_FEATURES)."""
    hour_covariance: Floats
    """(S, 24, HOUR_FEATURES, HOUR_FEATURES)."""
    coefficients: Floats
    """(S, FEATURES)."""
    covariance: Floats
    """(S, FEATURES, FEATURES)."""
    features: Floats
    """(S, DAY, FEATURES) features of the target at each time of day, as they were a day before it."""
    opinions: Floats
    """(S, DAY, E) forecasts of the target at each time of day, per unit."""
    levels: Floats
    """(S, 2) mean of the last day and of the last week (exponential), per unit."""


def start_experts(series_count: int) -> Experts:
    """Nothing learnt, nothing said."""
    small = np.broadcast_to(PRIOR * np.eye(HOUR_FEATURES), (series_count, 24, HOUR_FEATURES, HOUR_FEATURES))
    large = np.broadcast_to(PRIOR * np.eye(FEATURES), (series_count, FEATURES, FEATURES))
    return Experts(
        hour_coefficients=np.zeros((series_count, 24, HOUR_FEATURES)),
        hour_covariance=small.copy(),
        coefficients=np.zeros((series_count, FEATURES)),
        covariance=large.copy(),
        features=np.zeros((series_count, DAY, FEATURES)),
        opinions=np.zeros((series_count, DAY, len(EXPERTS))),
        levels=np.zeros((series_count, 2)),
    )


@compiled
def study(state: Experts, slot: int, values: Floats, known: Bools) -> None:
    """Teach both regressions the value that came for a target described a day ago, in place.

    They learn the departure from the slow profile as it stood then, which is opinion 2.

    Args:
        state: the experts.
        slot: time of day of the value, 0..DAY-1.
        values: (S,) float64, per unit.
        known: (S,) bool; false teaches nothing.
    """
    hour = slot // 4
    for s in range(values.size):
        state.levels[s, 0] += (values[s] - state.levels[s, 0]) / DAY
        state.levels[s, 1] += (values[s] - state.levels[s, 1]) / WEEK
        if not known[s]:
            continue
        features = state.features[s, slot]
        departure = values[s] - state.opinions[s, slot, 2]
        few = features[:HOUR_FEATURES]
        learn(
            state.hour_coefficients[s, hour], state.hour_covariance[s, hour], few, departure, HOUR_FORGETTING
        )
        learn(state.coefficients[s], state.covariance[s], features, departure, FORGETTING)


@compiled
def describe(
    state: Experts,
    profiles: Profiles,
    residuals: Residuals,
    history: Floats,
    step: int,
    classes: Ints,
    s: int,
) -> None:
    """Write the features of the target one day after `step` for series `s`, in place.

    All are per unit and differences from a typical day or level, so that they stay near zero.
    """
    slot = step % DAY
    row = state.features[s, slot]
    typical = profiles.slow[s, classes[2], slot]
    row[0] = 1.0
    row[1] = typical - state.levels[s, 1]
    row[2] = history[s, step % DEPTH] - profiles.slow[s, classes[1], slot]
    row[3] = history[s, (step - DAY) % DEPTH] - profiles.slow[s, classes[0], slot]
    row[4] = history[s, (step + DAY - WEEK) % DEPTH] - typical
    row[5] = state.levels[s, 0] - state.levels[s, 1]
    row[6] = residuals.profile[s, 3]
    row[7] = residuals.profile[s, 2]
    row[8] = history[s, (step + DAY - 2 * WEEK) % DEPTH] - typical
    angle = 2.0 * np.pi * slot / DAY
    for k in range(3):
        row[9 + 2 * k] = np.sin((k + 1) * angle)
        row[10 + 2 * k] = np.cos((k + 1) * angle)
    row[15] = 1.0 if classes[2] == 5 else 0.0
    row[16] = 1.0 if classes[2] == 6 else 0.0


@compiled
def foretell(
    state: Experts, profiles: Profiles, residuals: Residuals, history: Floats, step: int, classes: Ints
) -> None:
    """Form every expert's opinion about the step one day after `step`, in place.

    Args:
        state: the experts.
        profiles: typical days.
        residuals: recent surprises.
        history: (S, DEPTH) ring, newest at `step`.
        step: wall-clock step now.
        classes: (3,) int64, classes of yesterday, today and tomorrow as seen from `step`.
    """
    slot = step % DAY
    for s in range(history.shape[0]):
        describe(state, profiles, residuals, history, step, classes, s)
        row = state.features[s, slot]
        said = state.opinions[s, slot]
        typical = profiles.slow[s, classes[2], slot]
        said[0] = history[s, step % DEPTH]
        said[1] = history[s, (step + DAY - WEEK) % DEPTH]
        said[2] = typical
        said[3] = profiles.fast[s, classes[2], slot]
        said[4] = typical + dot(state.hour_coefficients[s, slot // 4], row[:HOUR_FEATURES])
        said[5] = typical + dot(state.coefficients[s], row)

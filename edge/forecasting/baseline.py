"""Seasonal naive forecasts: what every model has to beat, and the rung below it on the ladder."""

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import WEEK, Bools, Floats, Ints

DEPTH = 2 * WEEK
"""Steps of history kept: the oldest lag anyone asks for is two weeks before a target one day ahead."""


def start_history(series_count: int) -> Floats:
    """An empty history: (S, DEPTH) float64 ring, indexed by step % DEPTH."""
    return np.zeros((series_count, DEPTH))


@compiled
def record(history: Floats, step: int, values: Floats, known: Bools, stand_in: Floats) -> Floats:
    """Write one step into the ring; a hole takes its stand-in, so that no lag is ever missing.

    Args:
        history: (S, DEPTH) float64, per unit, written in place.
        step: wall-clock step.
        values: (S,) float64, per unit; not looked at where `known` is false.
        known: (S,) bool.
        stand_in: (S,) float64, what was expected for this step, per unit.

    Returns:
        (S,) float64, what was written.
    """
    written = np.where(known, values, stand_in)
    history[:, step % DEPTH] = written
    return written


def seasonal_naive(history: Floats, step: int, leads: Ints, period: int) -> Floats:
    """The value one period before each target: today's forecast is yesterday (DAY) or last week (WEEK).

    Args:
        history: (S, DEPTH) float64 ring, newest at `step`.
        step: newest wall-clock step.
        leads: (H,) int64, 1..DAY, steps ahead.
        period: steps, DAY or WEEK.

    Returns:
        (S, H) float64, in the unit of `history`.

    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2.
    """
    picked: Floats = history[:, (step + leads - period) % DEPTH]
    return picked

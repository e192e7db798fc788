"""What a time of day can hold: no forecast of sunshine at midnight."""

import numpy as np

from edge.forecasting.baseline import DEPTH
from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import DAY, Bools, Floats

REACH = 2
"""Steps on either side that count too: the sun rises a little earlier every day."""
MARGIN = 0.5
"""Share of the range seen that a forecast may go beyond it on either side."""


@compiled
def envelope(history: Floats, signed: Bools) -> Floats:
    """The range a forecast may use at each time of day, from the two weeks in memory.

    Where nothing ever happened in two weeks, nothing is forecast; where a quantity was never
    negative, no quantile is, unless it is one that may be: a temperature after two mild weeks.

    Args:
        history: (S, DEPTH) float64 ring.
        signed: (S,) bool, whether a series may be negative although it never was.

    Returns:
        (S, DAY, 2) float64, least and largest, in the unit of `history`.
    """
    count = history.shape[0]
    limits = np.zeros((count, DAY, 2))
    for s in range(count):
        least, most = history[s, :DAY].copy(), history[s, :DAY].copy()
        for i in range(DEPTH):
            least[i % DAY] = min(least[i % DAY], history[s, i])
            most[i % DAY] = max(most[i % DAY], history[s, i])
        floor = 0.0 if least.min() >= 0.0 and not signed[s] else -np.inf
        for slot in range(DAY):
            low, high = least[slot], most[slot]
            for shift in range(-REACH, REACH + 1):
                low = min(low, least[(slot + shift) % DAY])
                high = max(high, most[(slot + shift) % DAY])
            beyond = MARGIN * (high - low)
            limits[s, slot, 0] = max(low - beyond, floor)
            limits[s, slot, 1] = high + beyond
    return limits

"""The typical day: a smoothed value per day class and time of day, at two speeds."""

from typing import NamedTuple

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import DAY, Bools, Floats

CLASSES = 7
SLOW = 0.05
"""Share of a new day in the slow profile: about twenty days of one class."""
FAST = 0.3
"""Share of a new day in the fast profile: about three days of one class."""


class Profiles(NamedTuple):
    """Typical days of every series, per unit."""

    slow: Floats
    """(S, 7, DAY) slowly smoothed value by day class and time of day."""
    fast: Floats
    """(S, 7, DAY) the same, quickly smoothed."""
    days: Floats
    """(S, 7, DAY) how many days stand behind a value."""


def start_profiles(series_count: int) -> Profiles:
    """No day seen."""
    shape = (series_count, CLASSES, DAY)
    return Profiles(np.zeros(shape), np.zeros(shape), np.zeros(shape))


@compiled
def blend(state: Profiles, slot: int, day_class: int, values: Floats, learn: Bools) -> Floats:
    """Average one step into the typical days, in place.

    The first days count fully (1, 1/2, 1/3, ...) until the slow share is reached. A class that no
    day has stood for yet borrows the newest value of any class.

    Args:
        state: the typical days.
        slot: time of day, 0..DAY-1.
        day_class: 0..6.
        values: (S,) float64 per unit.
        learn: (S,) bool; false leaves the series alone.

    Returns:
        (S,) float64, value minus the slow profile as it stood before.
    """
    surprise = np.zeros(values.size)
    for s in range(values.size):
        surprise[s] = values[s] - state.slow[s, day_class, slot]
        if not learn[s]:
            continue
        days = state.days[s, day_class, slot]
        state.slow[s, day_class, slot] += max(SLOW, 1.0 / (days + 1.0)) * surprise[s]
        share = FAST if days > 0.0 else 1.0
        state.fast[s, day_class, slot] += share * (values[s] - state.fast[s, day_class, slot])
        state.days[s, day_class, slot] = days + 1.0
        for other in range(CLASSES):
            if state.days[s, other, slot] == 0.0:
                state.slow[s, other, slot] = values[s]
                state.fast[s, other, slot] = values[s]
    return surprise
